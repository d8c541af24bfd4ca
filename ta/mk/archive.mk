# archive.mk - from objects to a static library.

library := $(link-out-dir)/$(LIBNAME).a

$(library): $(objs) FORCE
	$(call if-changed,AR,$(AR$(sm)) rcsD $@ $(objs))

all: $(library)
cleanfiles += $(library)

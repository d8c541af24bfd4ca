# subdir.mk - reads sub.mk here and below.
#
# A sub.mk may set
#
#	srcs-y			sources, .c and .S, relative to it or absolute
#	subdirs-y		directories with a sub.mk of their own; subdirs_ext-y: as given
#	global-incdirs-y	-I for all of the TA; global-incdirs_ext-y: as given
#	global-cppflags-y	for all of the TA
#	incdirs-y		-I for this directory; incdirs_ext-y: as given; incdirs-lib-y: all of a library
#	cflags-y cppflags-y aflags-y	for this directory; cflags-lib-y: for all of a library
#	X-FILE-y		any of these for one file alone
#	cflags-remove-y		words to leave out; cppflags-remove-y, aflags-remove-y; cflags-remove-FILE-y
#	oname-FILE-y		the object's name
#	libdirs libnames libdeps cleanfiles	global lists
#
# and use $(sub-dir), $(sub-dir-out), $(sm) and $(out-dir). `srcs-$(CFG_FOO) += x.c` is how a choice is
# written: unless CFG_FOO is y nobody reads the variable.

visited-dirs :=
srcs :=
objs :=
global-incdirs :=
global-cppflags :=
lib-incdirs :=
lib-cflags :=
lib-cppflags :=
lib-aflags :=

# $(call within,DIRECTORY,NAMES): names relative to the directory; absolute ones as they are.
within = $(foreach name,$(2),$(if $(filter /%,$(name)),$(name),$(patsubst ./%,%,$(1)/$(name))))
# $(call output-of,PATH): where its output goes; whatever it is, below $(out-dir).
output-of = $(out-dir)/$(patsubst /%,%,$(subst ../,__/,$(patsubst ./%,%,$(1))))

per-directory := srcs subdirs subdirs_ext global-incdirs global-incdirs_ext global-cppflags incdirs \
	incdirs_ext incdirs-lib cflags cppflags aflags cflags-lib cppflags-lib aflags-lib \
	cflags-remove cppflags-remove aflags-remove
per-file := incdirs cflags cppflags aflags cflags-remove cppflags-remove aflags-remove oname

# $(call take-source,DIRECTORY,NAME): remember what sub.mk says of it.
define take-source
src := $$(call within,$(1),$(2))
ifeq ($$(filter %.c %.S,$$(src)),)
$$(error $(1)/sub.mk: $(2): a source ends in .c or .S)
endif
obj := $$(if $$(oname-$(2)-y),$$(call output-of,$(1))/$$(oname-$(2)-y),$$(call output-of,$$(basename $$(src)).o))
srcs += $$(src)
objs += $$(obj)
src-of-$$(obj) := $$(src)
incdirs-of-$$(obj) := $$(call within,$(1),$$(incdirs-$(2)-y) $$(incdirs-y)) $$(incdirs_ext-y)
cppflags-of-$$(obj) := $$(cppflags-y) $$(cppflags-$(2)-y)
cflags-of-$$(obj) := $$(cflags-y) $$(cflags-$(2)-y)
aflags-of-$$(obj) := $$(aflags-y) $$(aflags-$(2)-y)
cppflags-remove-of-$$(obj) := $$(cppflags-remove-y) $$(cppflags-remove-$(2)-y)
cflags-remove-of-$$(obj) := $$(cflags-remove-y) $$(cflags-remove-$(2)-y)
aflags-remove-of-$$(obj) := $$(aflags-remove-y) $$(aflags-remove-$(2)-y)
$$(foreach var,$(per-file),$$(eval $$(var)-$(2)-y :=))
endef

# $(call take-directory,DIRECTORY): its sub.mk, then those it names.
define take-directory
visited-dirs += $(1)
sub-dir := $(1)
sub-dir-out := $$(patsubst %/.,%,$$(call output-of,$(1)))
include $(1)/sub.mk
below-$(1) := $$(call within,$(1),$$(subdirs-y)) $$(subdirs_ext-y)
global-incdirs += $$(call within,$(1),$$(global-incdirs-y)) $$(global-incdirs_ext-y)
lib-incdirs += $$(call within,$(1),$$(incdirs-lib-y))
global-cppflags += $$(global-cppflags-y)
lib-cflags += $$(cflags-lib-y)
lib-cppflags += $$(cppflags-lib-y)
lib-aflags += $$(aflags-lib-y)
$$(foreach name,$$(srcs-y),$$(eval $$(call take-source,$(1),$$(name))))
$$(foreach var,$(per-directory),$$(eval $$(var)-y :=))
$$(foreach dir,$$(below-$(1)),$$(if $$(filter $$(dir),$$(visited-dirs)),,$$(eval $$(call take-directory,$$(dir)))))
endef

$(eval $(call take-directory,.))

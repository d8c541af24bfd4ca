# link.mk - from objects to a TA: one file that is complete in itself, loads anywhere, has no memory that
# is both writable and executable, and is signed.

TA_SIGN_KEY ?= $(ta-dev-kit-dir)/keys/default_ta.pem
TA_ENC_KEY ?= e3ff381eb7859bb961c52f9b78b693f725c261e75eb488ef5893d6de5d097e6a
CFG_TA_VERSION ?= 0
user-ta-version ?= $(CFG_TA_VERSION)
# The kit of a build tree brings its signer; an installed one has the postern command beside it.
SIGN_ENC ?= $(or $(wildcard $(ta-dev-kit-dir)/scripts/postern-sign),postern ta sign)

binary := $(link-out-dir)/$(BINARY)
kit-libs := $(ta-dev-kit-dir)/lib/libutils.a $(ta-dev-kit-dir)/lib/libutee.a

link-flags = -e __ta_entry -pie --no-dynamic-linker -z max-page-size=4096 -z separate-code \
	-z noexecstack -z text --hash-style=both --as-needed --sort-section=alignment \
	--dynamic-list=$(ta-dev-kit-dir)/mk/dyn_list -Map=$(binary).map $(LDFLAGS)
# libgcc may want something of libutils.
link-libs = $(LDADD) $(addprefix -L,$(libdirs) $(ta-dev-kit-dir)/lib) $(addprefix -l,$(libnames)) \
	--start-group -lutils -lutee --end-group $(libgcc) -lutils

$(binary).elf: $(objs) $(libdeps) $(kit-libs) FORCE
	$(call if-changed,LD,$(LD$(sm)) $(link-flags) -o $@ $(objs) $(link-libs))

$(binary).stripped.elf: $(binary).elf FORCE
	$(call if-changed,STRIP,$(OBJCOPY$(sm)) --strip-unneeded $< $@)

$(binary).ta: $(binary).stripped.elf $(TA_SIGN_KEY) $(TA_SUBKEY_DEPS) FORCE
	$(call if-changed,SIGN,$(SIGN_ENC) --key $(TA_SIGN_KEY) $(TA_SUBKEY_ARGS) \
		$(if $(filter y,$(CFG_ENCRYPT_TA)),--enc-key $(TA_ENC_KEY)) --uuid $(BINARY) \
		--ta-version $(user-ta-version) --in $< --out $@)

all: $(binary).ta
cleanfiles += $(binary).elf $(binary).map $(binary).stripped.elf $(binary).ta

# macros.mk - how commands are shown, and when they are run.

q := $(if $(filter 1,$(V)),,@)
# $(call say,WHAT,FILE) is a line of a recipe.
say = @$(if $(filter 1,$(V)),:,printf '  %-7s %s\n' '$(1)' '$(2)')

# A command as it is kept in FILE.cmd, for make to read again.
escape = $(subst #,\#,$(subst $$,$$$$,$(1)))
different = $(filter-out x$(subst $(space),_,$(strip $(1))),x$(subst $(space),_,$(strip $(2))))
empty :=
space := $(empty) $(empty)

# $(call if-changed,WHAT,COMMAND) is the recipe of a target that depends on FORCE: runs COMMAND when
# something that the target depends on is newer, or when the command is another than last time. What was
# there before goes first: a command that fails leaves nothing that looks as if it were made by it.
define if-changed
$(if $(strip $(filter-out FORCE,$?) $(call different,$(2),$(old-cmd-$@)) $(if $(wildcard $@),,new)),\
	$(call say,$(1),$@)
	$(q)rm -f $@
	$(shell mkdir -p $(@D))$(file >$@.cmd,old-cmd-$@ := $(call escape,$(strip $(2))))
	$(q)$(2),@:)
endef

# Each CFG_ variable that make knows, as a define: y is 1, n and nothing are nothing.
cfg-names = $(sort $(filter CFG_% _CFG_%,$(.VARIABLES)))
cfg-define = $(if $(filter y,$($(1))),-D$(1)=1,$(if $(filter-out n,$($(1))),-D$(1)='$(strip $($(1)))'))
cfg-defines = $(foreach name,$(cfg-names),$(call cfg-define,$(name)))

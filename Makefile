# Echo: `make help` says what can be done. This file names goals and rules;
# what takes thought is in tangle.sh and in the scripts under book/ and tests/.

MAKEFLAGS += --no-builtin-rules -j$(shell nproc)
.SUFFIXES:
.DELETE_ON_ERROR:

# DEBUG=1: tangle with #line, compile with -g -O0, all below build/debug
B    := build$(if $(DEBUG),/debug)
CODE := $(if $(DEBUG),$(B)/code,code)
export CODE DEBUG B

CC       := gcc
CPPFLAGS := -D_POSIX_C_SOURCE=200809L -I$(CODE)/lib
CFLAGS   := -std=c17 $(if $(DEBUG),-g -O0,-O2) -Wall -Wextra -Wpedantic \
            -Wshadow -Wvla -Werror

# Recipes print one short line; V=1 prints the commands.
Q    := $(if $(V),,@)
say   = $(Q)$(if $(V),:,printf '%-8s%s\n' '$(1)' '$@') && mkdir -p $(@D) &&

.PHONY: help
help: ## say what can be done (this list)
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p; s/^# goal \([^:]*\): /\1\t/p' \
	    Makefile | expand -t 14

.PHONY: setup
setup: ## install the Debian packages of packages.txt (needs root)
	apt-get update
	DEBIAN_FRONTEND=noninteractive apt-get install --yes \
	    --no-install-recommends $$(sed 's/#.*//' packages.txt)

# The modules require one another: if one changes, so may all that they make.
lua := $(wildcard book/*.lua)

# What chapters/ tangles into decides what there is to build: B/lists.mk, made
# by tangling, names the programs, scenarios and pages, and what they need.
ifneq ($(filter-out help setup clean,$(MAKECMDGOALS)),)
include $(B)/lists.mk
endif

$(B)/lists.mk: tangle.sh book/lists.sh $(wildcard chapters/*.nw)
	$(call say,TANGLE) ./tangle.sh
	$(Q)book/lists.sh >$@.new && mv $@.new $@

.PHONY: tangle
tangle: $(B)/lists.mk ## write the chapters' programs and scenarios to code/

# ---- programs
.PHONY: build
build: $(addprefix $(B)/bin/,$(programs) $(exhibits) record) ## compile the programs

$(B)/obj/%.o: $(CODE)/%.c Makefile
	$(call say,CC) $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/lib/libecho.a: $(library:%=$(B)/obj/%.o)
	$(call say,AR) rm -f $@ && ar rcsD $@ $^

$(programs:%=$(B)/bin/%): $(B)/bin/%: $(B)/obj/%.o $(B)/lib/libecho.a
	$(call say,LINK) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

# An exhibit is compiled as its first line says (BUILD comes from lists.mk);
# its source goes with it, without DEBUG's #line, for scenarios that compile it.
$(exhibits:%=$(B)/bin/%): $(B)/bin/%: $(CODE)/%.c Makefile
	$(call say,EXHIBIT) $(BUILD) -o $@ $< && sed '/^#line /d' $< >$@.c

$(B)/bin/record: $(recorder:%=$(B)/obj/%.o) $(B)/lib/libecho.a
	$(call say,LINK) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(B)/bin/lab/await: $(addprefix $(B)/obj/recorder/,facts.o sockets.o text.o)

-include $(wildcard $(B)/obj/*/*.d)

# ---- recordings
# goal run-chN: play chapter N's scenarios here (S=name: only one, L=ko or L=en)
# goal record-long: record those that take long, in recordings/ (S=name: one)
.PHONY: recordings
recorded := $(scenarios:%=$(B)/recordings/%.rec) \
            $(experiments:%=$(B)/recordings/%.tsv)
recordings: $(recorded) ## record all scenarios, make all tables

# Where no sandbox can be made (exit 77) the recording says "skipped"; then
# each make tries again, and pages change only if what it says has changed.
$(B)/recordings/%.rec: $(CODE)/%.scenario $(B)/bin/record
	$(call say,RECORD) $(B)/bin/record --bin $(B)/bin/$(*D) $(keep)

$(B)/recordings/%.tsv: $(CODE)/%.experiment $(B)/bin/record
	$(call say,MEASURE) $(B)/bin/record --bin $(B)/bin/$(*D) --bin $(B)/bin/lab $(keep)

define keep
--where './tangle.sh --where' -o $@.new $< || [ $$? -eq 77 ]
	$(Q)if grep -qE '^(# )?skipped ' $@.new && cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
endef

.PHONY: again
$(shell grep -lsE '^(# )?skipped ' $(recorded) /dev/null): again

# What takes long is recorded by hand, and kept in recordings/.
.PHONY: record-long
record-long: build
	@book/long.sh record $(S)

.SECONDEXPANSION:
$(long:%=$(B)/recordings/%.rec): $(B)/recordings/%.rec: $(CODE)/%.scenario \
    book/long.sh $$(wildcard recordings/$$*.rec)
	$(call say,COPY) book/long.sh copy $* $@

run-ch%: build
	@L='$(L)' book/run.sh ch$(if $(filter 0 1 2 3 4 5 6 7 8 9,$*),0)$* $(S)

# ---- exercises
# goal exercises: list the exercises, and how far you are with each
# goal start-N.M: put the starter of exercise N.M into work/N.M/
# goal check-N.M: check what you have made of it
# goal watch-N.M: check it whenever you save it
# goal hint-N.M: the next of three hints
# goal solution-N.M: the solution, once the check has passed (or SHOW=1)
# goal prove-N.M: for authors: every wrong solution gets its own diagnosis
texts := $(B)/exercises/list
$(texts): $(B)/indexed $(wildcard chapters/*.nw) $(lua)
	$(call say,TEXTS) lua5.4 book/exercise_texts.lua $(B)/index.lua $(@D) \
	    $(wildcard chapters/*.nw)

.PHONY: exercises
exercises: $(texts)
	@book/exercise.sh list

start-% hint-% solution-%: $(texts)
	@book/exercise.sh $(firstword $(subst -, ,$@)) $*

check-% watch-% prove-%: build $(texts)
	@book/exercise.sh $(firstword $(subst -, ,$@)) $*

# What the checks compile, as objects: so all of code/ is seen to compile.
.PHONY: answers
answers: $(answers:%=$(B)/obj/%.o)

.PHONY: doctor
doctor: $(B)/bin/record ## say what this machine can do, and what it cannot
	@book/doctor.sh

# ---- pages
.PHONY: book html pdf
book: html pdf $(B)/html/echo-ko.pdf $(B)/html/echo-en.pdf ## weave everything: the HTML site and both PDFs

# The facts about the whole book; the file changes only if they do, so that an
# edit of prose weaves only its own chapter again.
$(B)/indexed: $(B)/lists.mk $(lua)
	$(call say,INDEX) lua5.4 book/index.lua -c $(CODE) $(B)/index.lua \
	    $(foreach page,$(pages),$(chapter_$(page)))
	@touch $@
$(B)/index.lua: $(B)/indexed ;

WEAVE = book/weave.sh -i $(B)/index.lua -r $(B)/recordings

html := $(foreach lang,ko en,$(pages:%=$(B)/html/$(lang)/%.html))
front := $(addprefix $(B)/html/,index.html ko/index.html en/index.html)
html: $(html) $(front) $(B)/html/echo.css $(B)/html/echo.js ## weave the HTML site, build/html/index.html
$(html): $(B)/html/%.html: $$(chapter_$$(*F)) $$(needs_$$(*F)) $(B)/index.lua \
    book/weave.sh $(lua) book/page.html
	$(call say,WEAVE) $(WEAVE) html $(*D) $< $@

$(front): $(B)/index.lua $(lua) book/front.html
	$(call say,WEAVE) lua5.4 book/front.lua -i $< $(patsubst html,both,$(notdir $(@D))) >$@

$(B)/html/echo.css $(B)/html/echo.js: $(B)/html/%: book/%
	$(call say,COPY) cp $< $@

tex := $(foreach lang,ko en,$(pages:%=$(B)/tex/$(lang)/%.tex))
$(tex): $(B)/tex/%.tex: $$(chapter_$$(*F)) $$(needs_$$(*F)) $(B)/index.lua \
    book/weave.sh $(lua)
	$(call say,WEAVE) FIGURES=$(@D) $(WEAVE) latex $(*D) $< $@

pdf := $(B)/pdf/echo-ko.pdf $(B)/pdf/echo-en.pdf
pdf: $(pdf) ## weave build/pdf/echo-ko.pdf and echo-en.pdf
$(pdf): $(B)/pdf/echo-%.pdf: $$(foreach page,$$(pages),$(B)/tex/$$*/$$(page).tex) \
    $(addprefix book/,pdf.sh book.tex echo.sty) $(lua)
	$(call say,PDF) book/pdf.sh $* $@ $(filter %.tex,$(filter $(B)/%,$^))

$(B)/html/echo-%.pdf: $(B)/pdf/echo-%.pdf
	$(call say,COPY) cp $< $@

# ---- tests and cleaning
.PHONY: check
check: build recordings book $(texts) ## run every test once
	@tests/run.sh

.PHONY: stress
stress: build $(texts) ## play every scenario 100 times with busy cores (N=times, S=ch05/name), check every solution 20 times
	@tests/stress.sh $(or $(N),100) $(S)
	@$(if $(S),:,RUNS=20 tests/exercises.t)

.PHONY: clean
clean: ## remove build/
	rm -rf build

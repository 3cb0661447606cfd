# A thin front. `make test` proves the collection, `make demo` shows it; each gate below also runs by itself.
# Needs git, make and python3 (3.10 or newer); everything else comes from the Python package index into .venv.
# Another interpreter, and with it another ansible-core:  make VENV=.venv-3.13 PYTHON=python3.13 test

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c

PYTHON     ?= python3
COLLECTION := eva/mpio
VENV       ?= .venv
BIN        := $(VENV)/bin
READY      := $(VENV)/ready
SANITY     := .cache/sanity/ansible_collections/$(COLLECTION)
DOCS       := .cache/docs
PYTEST     := $(BIN)/pytest -n auto --dist loadfile
# The stories whose servers may be of any profile, and the profiles (tests/integration/profiles.py) that they are told of.
STORIES    := $(patsubst %,tests/integration/test_%.py,chap fallback foreign interrupted peers refusals stages troubles \
	unreadable_classes)
PROFILES   := 2003-installed 2008 2008r2 2022

# Several of the tools start ansible, ansible-doc or ansible-lint from PATH.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export ANSIBLE_LOCALHOST_WARNING := False
export ANSIBLE_HOME := $(CURDIR)/.cache/ansible

.PHONY: test lint pytest unit lab integration profiles molecule sanity docs demo bench replay changelog build venv kerberos clean sweep hostile

# Of the profiles the two that differ most from the one that pytest tells the stories of.
test: PROFILES := 2003-installed 2008
test: lint pytest profiles molecule sanity

lint: $(READY)
	$(BIN)/ruff check plugins tests
	$(BIN)/ruff format --check plugins tests
	$(BIN)/mypy
	$(BIN)/ansible-lint --offline
	$(BIN)/antsibull-docs lint-collection-docs --plugin-docs --skip-rstcheck \
		--validate-collection-refs all --check-extra-docs-refs .
	$(BIN)/antsibull-changelog lint

# Every test at once; unit, lab and integration are its three parts.
pytest: $(READY)
	$(PYTEST)

# The plugins and the repository's own rules.
unit: $(READY)
	$(PYTEST) tests/unit --ignore tests/unit/lab

# The simulated servers and arrays, judged by themselves.
lab: $(READY)
	$(PYTEST) tests/unit/lab

# The collection against the lab, or the stories with servers of one profile: make integration PROFILE=2008
integration: $(READY)
	$(if $(PROFILE),EVA_MPIO_PROFILE="$(PROFILE)" $(PYTEST) $(STORIES),$(PYTEST) tests/integration)

# The stories again, with servers of one profile after the other.
profiles: $(READY)
	for profile in $(PROFILES); do EVA_MPIO_PROFILE=$$profile $(PYTEST) $(STORIES); done

# The fault sweep, tests/sweep: runs of its stories (provision, mend, purge, rotate, provision-hp, to-hp, to-microsoft,
# to-hp-clustered), each disturbed at each of its requests.
# In full it takes hours; the tests try a fixed sample. Part of it, or one point again:
#   make sweep RELEASE="2008 2022" STORY=mend FRACTION=0.1      make sweep POINT="2012r2 provision cut-after 57"
# SWITCHES=1 moves the lab's switches, one after the other: what nobody has confirmed about Windows. SWITCH moves some of
# them: SWITCH=hp_dsm_driver=evadsm or SWITCH="hp_dsm_* claim_needs_reboot".
sweep: $(READY)
	PYTHONHASHSEED=0 $(BIN)/python tests/sweep $(if $(RELEASE),--release $(RELEASE)) $(if $(STORY),--story $(STORY)) \
		$(if $(FRACTION),--fraction $(FRACTION)) $(if $(SWITCHES),--switches) \
		$(if $(SWITCH),--switch $(foreach one,$(SWITCH),"$(one)")) $(if $(POINT),--point "$(POINT)")

# Servers that lie, tests/hostile: one element of one true answer is changed, and the run must not make the host worse.
#   make hostile RELEASE="2003 2022" STORY=purge LIES=500 FROM=1000
hostile: $(READY)
	PYTHONHASHSEED=0 $(BIN)/python tests/hostile $(if $(RELEASE),--release $(RELEASE)) $(if $(STORY),--story $(STORY)) \
		$(if $(LIES),--lies $(LIES)) $(if $(FROM),--from $(FROM))

# The role and the playbooks against the lab, as ansible-playbook runs them.
molecule: $(READY)
	$(BIN)/molecule test --all

# "All targets skipped" is a success to ansible-test, and not to us.
sanity: $(READY)
	$(BIN)/python tests/copy_tree.py $(SANITY)
	$(BIN)/python tests/get_pip.py
	cd $(SANITY) && ansible-test sanity --local --color no \
		--python $$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])') 2>&1 | tee $(CURDIR)/.cache/sanity.log
	! grep "All targets skipped" .cache/sanity.log

# The documentation as a web site, .cache/docs/build/html/index.html. References to other projects need the internet:
# without it Sphinx warns, and builds. A reference within the collection that leads nowhere fails in lint.
docs: $(READY)
	rm -rf $(DOCS) && mkdir -p -m 700 $(DOCS)
	$(BIN)/antsibull-docs sphinx-init --use-current --lenient --squash-hierarchy --sphinx-theme alabaster \
		--project eva.mpio --title eva.mpio --copyright "The eva.mpio authors" --dest-dir $(DOCS) eva.mpio
	$(DOCS)/build.sh
	test -s $(DOCS)/build/html/index.html

demo: $(READY)
	$(BIN)/python tests/demo.py

bench: $(READY)
	$(BIN)/python tests/bench.py

# A capture of eva.mpio.host_info read again, and the plan for arguments of eva.mpio.host in a file:
# make replay CAPTURE=captures/win1 [WISH=wish.yml] [RELEASE=2008r2]
replay: $(READY)
	$(BIN)/python tests/replay.py $(if $(WISH),--wish "$(WISH)") $(if $(RELEASE),--assume-release "$(RELEASE)") "$(CAPTURE)"

# For a release: puts changelogs/fragments and the new modules into CHANGELOG.rst, under the version in galaxy.yml.
changelog: $(READY)
	$(BIN)/antsibull-changelog release --update-existing --reload-plugins --refresh-plugins

build: $(READY)
	$(BIN)/ansible-galaxy collection build --force --output-path .cache/dist

venv: $(READY)

# Kerberos for the tests, compiled here: requirements-kerberos.txt says what Debian packages it needs. Once is enough.
kerberos: $(READY)
	$(BIN)/python -m pip install --quiet --requirement requirements-kerberos.txt

# Every tool must find the collection as ansible_collections.eva.mpio whatever the checkout is called:
# ansible-core and Python both look into site-packages, so one link there serves them all.
$(READY): requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.txt
	site=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') && \
	mkdir -p $$site/ansible_collections/$(dir $(COLLECTION)) && \
	ln -sfn $(CURDIR) $$site/ansible_collections/$(COLLECTION) && \
	touch $$site/ansible_collections/py.typed
	touch $@

clean:
	rm -rf .venv .venv-* .cache .ansible

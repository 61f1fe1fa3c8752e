"""A hint is an instruction that works: each is followed here, or is for somebody else.

Every test below gets an error, does what its hint says, and gets further. `FOLLOWED` says which test follows
which hint; `ELSEWHERE` holds those that ask a project, an operator or a later time. A new hint fails the inventory
until it is in one of them.
"""

# ruff: noqa: E501  hints are quoted as they are

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import messages
import pytest
from support.command_line import Ended
from support.pipeline import COMPONENT, Setting, declaration, declared_today
from support.virtual_sigstore import VirtualSigstore, encoded

from avow.transparency.trusted_root import embedded_root

Avow = Callable[..., Ended]

ARTEFACT = "dist/acmelib-2.4.1.tar.gz"
BUNDLE = "dist/acmelib-2.4.1.practices.sigstore.json"
VERIFY = ("verify", ARTEFACT, "--policy", "policy.yaml", "--insecure-sandbox")

FOLLOWED = {
    "pass identity_token, or run in a CI job that has an identity of its own": "tests/test_api.py",
    "did you mean {…}?": "test_a_misspelt_name",
    "move it away": "tests/unit/signing/test_pipeline.py",
    "save what is on standard output as the bundle; do not sign again": "tests/unit/cli/test_processes.py",
    "name the file, or its digest": "test_neither_a_file_nor_a_digest",
    "for the digest write sha256:{…}": "test_neither_a_file_nor_a_digest",
    "{…} names this file; correct the path there": "test_a_root_that_changed",
    "write the result to another file": "tests/unit/cli/test_every_flag.py",
    "use one of {…}": "test_a_profile_that_does_not_exist",
    "pass --identity-token, or --yes to sign in with a browser and sign without confirmation": "test_signing_without_a_terminal",
    "to sign, run the command again and answer y": "test_processes.py: test_signing_asks_a_person",
    "choose other paths with --output and --compliance-md, or replace with --force": "test_files_that_exist",
    "choose another path for one of them": "test_files_that_exist",
    "run avow practices for the list": "test_a_practice_that_does_not_exist",
    "write it to one: avow trust pin --output trusted_root.json": "test_the_built_in_root",
    "compare both with avow trust show; then choose another path, or move the old file away": "test_another_root_in_the_way",
    "give it a value, or omit the option": "test_an_empty_option",
    "omit these options, or omit --policy": "test_options_that_exclude_each_other",
    "name the bundle with --bundle": "test_a_digest_alone",
    "give --policy, or --trusted-root with the signer you expect": "test_no_trusted_signer",
    "avow trust pin --output trusted_root.json writes the public root; or use --policy": "test_no_trusted_signer",
    "give identity and issuer, --repo with --signer-workflow, or --key": "test_no_trusted_signer",
    "if this signer may speak for it, add a signer rule with for: {…}": "test_a_component_without_a_rule",
    "write a policy with supportUntil, or use profile orc-light": "test_a_profile_that_needs_support_until",
    "write sha256: and 64 lower-case hex digits; if it is a file, write ./{…}": "test_neither_a_file_nor_a_digest",
    "use a number from 1 to 65535, or 0 for any free port": "tests/unit/sandbox/test_server.py",
    "use another port, or 0 for any free port": "tests/unit/sandbox/test_server.py",
    "use a port above 1023, or 0 for any free port": "tests/unit/sandbox/test_server.py",
    "use an OIDC token with an iss claim, and an email or sub claim": "test_a_token_that_can_not_be_read",
    "pass the token itself, a JSON Web Token: no file name, and nothing around it": "test_a_token_that_can_not_be_read",
    "it needs mediaType, trustedRoot and signingConfig, like the client_trust_config.json that `avow sandbox` writes, "
    "a log of the version in --rekor-version, if that is given, and services that are in use by this machine's "
    "clock": "test_a_wrong_trust_config",
    "fix these, then run avow check and avow attest again": "test_a_draft_is_not_signed",
    "pass --overwrite to replace it, or move it away": "test_files_that_exist",
    "give a path, or a URI that starts with {…}": "test_an_unknown_store",
    "check the path and its permissions, or name the bundle itself with --bundle": "test_a_directory_that_can_not_be_read",
    "put the bundles of each release into a file of their own": "test_too_many_bundles_in_a_file",
    "pass the project's public key with --key FILE, or add a signer rule with it to the policy": "test_a_bundle_signed_with_a_key",
    "use the project's public key file; it starts with -----BEGIN PUBLIC KEY-----": "test_a_bundle_signed_with_a_key",
    "use a newer trusted root, or the root of the Sigstore instance that signed this": "test_another_instance",
    "it needs at least one transparency log, CA and CT log; `avow trust show` lists its content": "test_a_root_without_keys",
    "restore the pinned file; only if the project announced a new key, pin that one's digest": (
        "tests/unit/verification/test_session.py"
    ),
    "restore the pinned file; only if its operator announced a new root, review it with `avow trust show` "
    "and pin it with `avow trust pin`": "test_a_root_that_changed",
    "use one with mediaType {…}; a client trust configuration has it in trustedRoot": "test_a_trust_config_for_a_root",
    "a file contains one root; from a JSON Lines file, save the line of the instance you trust": "test_roots_in_json_lines",
    "name the bundle, not the artefact (its name usually ends in .sigstore.json); if it is the bundle, get it again from where the project publishes it": "test_inspect_something_else",
    "avow inspect reads what avow attest, cosign or gh attestation write as a bundle": "test_inspect_something_else",
    "for a rehearsal pass --insecure-sandbox; every result then says so": "test_a_sandbox_root",
    "say with --purl which component the artefact is: --purl pkg:TYPE/NAME@VERSION": "test_several_components",
    "check --purl, its version included": "test_another_version",
    "check that the artefact is the one that the project released": "test_another_artefact",
    "name at least one artefact": "tests/unit/verification/test_pool.py",
    "name the directory in which the evidence files are": "tests/unit/stores/test_stores.py",
    "write datetime(…, tzinfo=UTC)": "tests/test_api.py",
    "remove the link, or choose another --output-directory": "tests/unit/signing/test_pipeline.py",
    "turn it into the UTF-8 text of the bundle: unpack it, or convert it": "test_a_bundle_in_another_form",
    "mark it -text in .gitattributes, so that git keeps its bytes, and check it out again": "tests/unit/verification/test_session.py",
    "name the file, or its digest; a file called - is ./-": "test_standard_input",
    "name the file itself": "tests/unit/verification/test_pool.py",
    "run the command again": "tests/unit/verification/test_pool.py",
    "sign them in several runs, each with its own --output-directory": "tests/unit/statement/test_in_toto.py",
    "give the path of a directory": "tests/unit/drafting/test_checkout.py",
    "give the path of an existing directory": "tests/unit/drafting/test_checkout.py",
    "choose one that git log lists": "tests/unit/drafting/test_checkout.py",
    "run the command again and sign in, or pass a token with --identity-token": "test_signing_without_a_terminal",
    "get a fresh token for the audience sigstore; tokens expire after a few minutes": "test_an_expired_token",
    "get a fresh token for the audience sigstore, or set the clock if it is wrong": "tests/unit/signing/test_client.py",
    "it is about other artefacts: keep it, and choose another place with {…}": (
        "tests/unit/signing/test_pipeline.py"
    ),
    "set this machine's clock, and run it again": "tests/unit/signing/test_client.py",
    "run avow init in an empty directory, and give the files that matter with --from": (
        "tests/unit/drafting/test_budget.py"
    ),
    "try again; if it persists, ask whoever runs the CI system": "tests/unit/signing/test_client.py",
    "move the files from there; do not sign again": "tests/unit/signing/test_pipeline.py",
    "name the bundle that avow attest wrote for the project's declaration": "test_a_statement_of_another_type",
    "write a policy; docs/policy.md has a complete example": "test_observations_without_a_policy",
    "name the Sigstore instance that it was signed with, with --trust-config; nobody accepts a bundle that does "
    "not verify, so it needs no withdrawal": "tests/unit/cli/test_withdraw.py",
    "to say it again, run avow attest again": "tests/unit/cli/test_withdraw.py",
    "name the bundle that avow attest wrote": "tests/unit/signing/test_withdrawal.py",
    "write one, or leave it out": "tests/unit/cli/test_withdraw.py",
    "shorten it; a longer text can be on a page that it names": "tests/unit/cli/test_withdraw.py",
    "choose a name that ends in {…}": "tests/unit/cli/test_withdraw.py",
    "name the bundle with the corrected declaration, or leave out --superseded-by": (
        "tests/unit/cli/test_withdraw.py"
    ),
    "withdraw it with the identity that signed it": "tests/unit/cli/test_withdraw.py",
    "record them: avow data add --data {…} --in-place {…}": "tests/unit/cli/test_survey_hints.py: test_files_without_a_manifest",
    "leave out files of no known kind with --skip-unknown; --help names the kinds": "tests/unit/cli/test_data.py: test_an_unknown_file",
    "correct these or leave them out, and add the others again": "tests/unit/cli/test_survey_hints.py: test_an_archive_that_is_not_complete",
    "download the archive again from its origin": "tests/unit/cli/test_survey_hints.py: test_an_archive_that_may_be_a_bomb",
    "download the archive again, completely": "tests/unit/cli/test_survey_hints.py: test_an_archive_that_is_not_complete",
    "a row that once fitted may be about a component that was replaced; look at it again": "tests/unit/cli/test_survey_hints.py: test_a_row_about_no_component",
    "leave them out, or get them again from where they were made": "tests/unit/cli/test_survey_hints.py: test_two_broken_sboms",
    "the data directory has to be writable, and the disk has to have space, until it is built": "tests/unit/cli/test_survey_hints.py: test_an_index_that_can_not_be_written",
    "correct the purl in the SBOM, or where the SBOM is made": "tests/unit/cli/test_embed_hints.py: test_a_purl_to_correct",
    "name the bundle of this package; if it is the same one, {…}": "tests/unit/cli/test_embed_hints.py: test_a_purl_to_correct",
    "if it is this artefact, say so with --component {…}": "tests/unit/cli/test_embed_hints.py: test_no_digest_of_the_package",
    "name the bundle of this artefact; another build or version is another artefact": "tests/unit/cli/test_embed_hints.py: test_another_artefact_of_the_package",
    "check its purl in the SBOM, the version included": "tests/unit/cli/test_embed_hints.py: test_the_package_of_another_rule",
    "if it has no purl in the SBOM, add it; or correct `for` in the policy": "tests/unit/cli/test_embed_hints.py: test_the_package_of_another_rule",
    "check --component; what was built anew is another artefact than the one declared": "tests/unit/cli/test_embed_hints.py: test_another_digest",
    "name one bundle, or add the component's SHA-256 to the SBOM": "tests/unit/cli/test_embed_hints.py: test_two_bundles_and_no_digest",
    "name the component with --component, or make the SBOM with SHA-256 digests": "tests/unit/cli/test_embed_hints.py: test_no_digest",
    "add its purl to the SBOM, or name its signer by options in the place of --policy": "tests/unit/cli/test_embed_hints.py: test_no_purl",
    "export the SBOM as CycloneDX 1.6": "tests/unit/cli/test_survey_hints.py: test_a_document_in_another_form",
    "save the document as UTF-8": "tests/unit/cli/test_survey_hints.py: test_a_document_in_another_form",
    "remove the declaration; CycloneDX needs none": "tests/unit/cli/test_survey_hints.py: test_a_document_in_another_form",
    "split the SBOM": "tests/unit/cli/test_survey_hints.py: test_an_sbom_that_is_too_large",
    'add xmlns="http://cyclonedx.org/schema/bom/1.6" to bom, with the version of the format': "tests/unit/cli/test_survey_hints.py: test_a_document_in_another_form",
    "add some: avow data add --data {…} FILE...": "tests/unit/cli/test_survey_hints.py: test_an_empty_data_directory",
    "name files of a known kind: avow data add --help": "tests/unit/cli/test_survey_hints.py: test_no_file_of_a_known_kind",
    "omit --declarations, or use CycloneDX 1.6 or later": "tests/unit/cli/test_embed_hints.py: test_a_whole_declaration_in_an_old_format",
    "export the project's vulnerabilities as CycloneDX (VDR) instead": "tests/unit/cli/test_survey_hints.py: test_findings_of_another_version",
    "omit it, or add --extract": "tests/unit/cli/test_embed_hints.py: test_options_that_do_not_fit",
    "omit {…}": "tests/unit/cli/test_embed_hints.py: test_options_that_do_not_fit",
    "write it with percent escapes, without spaces and without a password: {…}": "tests/unit/cli/test_embed_hints.py: test_where_a_bundle_is",
    "write it like 2026-11-20T12:00:00Z": "tests/unit/cli/test_embed_hints.py: test_when_somebody_looked",
    "say when somebody looked; by this machine's clock it is {…}": "tests/unit/cli/test_embed_hints.py: test_when_somebody_looked",
    "add the name that the bundle will have: --url {…}": "tests/unit/cli/test_embed_hints.py: test_where_the_bundle_will_be",
    "name it by its purl, bom-ref, SPDXID or spdxId": "tests/unit/cli/test_embed_hints.py: test_names_of_components",
    "name one of them by its identifier: {…}": "tests/unit/cli/test_embed_hints.py: test_names_of_components",
    "give the address of their directory, with / at its end": "tests/unit/cli/test_embed_hints.py: test_one_address_for_two_bundles",
    "give them different file names, or run avow embed for each with its own --url": "tests/unit/cli/test_embed_hints.py: test_two_bundles_of_one_name",
    "write each bundle into a file of its own": "tests/unit/cli/test_embed_hints.py: test_two_bundles_in_one_file",
    "say it, for example: {…}": "tests/unit/cli/test_embed_hints.py: test_where_a_bundle_is",
    "for example: {…}; or give --bundle": "tests/unit/cli/test_embed_hints.py: test_where_the_bundle_will_be",
    "fix these, then run avow check and avow embed again": "tests/unit/cli/test_embed_hints.py: test_a_draft",
    "name yours with --component": "tests/unit/cli/test_embed_hints.py: test_the_sbom_of_something_else",
    "name the SBOM of your release, or your component with --component": "tests/unit/cli/test_embed_hints.py: test_the_sbom_of_something_else",
    "survey fewer SBOMs at once; one alone with so many is not of a real product": "tests/adversarial/test_survey_attacks.py",
    "survey fewer SBOMs at once; split a larger one, and survey its parts one by one": "tests/unit/cli/test_survey_hints.py: test_more_components_than_a_survey_takes",
    "give each as a file of its own": "tests/unit/cli/test_survey_hints.py: test_two_formats_in_one_file",
    "write looks, acceptedGaps or measures beside an upstream project; see docs/plan.md": "tests/unit/cli/test_plan.py: test_what_was_decided_counts_in_a_verdict",
    "avow plan update writes it": "tests/unit/cli/test_plan.py: test_without_a_plan",
    "it may have changes that are not imported yet; move it away, or choose another name": "tests/unit/cli/test_plan.py: test_a_table_in_the_way",
    "correct it; docs/plan.md explains it": "tests/unit/cli/test_plan.py: test_a_plan_that_can_not_be_used",
    "export the table again, and change cells below the head only": "tests/unit/cli/test_plan.py: test_hints_about_tables",
    "export it again as CSV, with quotes around texts": "tests/unit/cli/test_plan.py: test_hints_about_tables",
    "correct these rows, or take them out; nothing was changed": "tests/unit/cli/test_plan.py: test_hints_about_tables",
    "correct these rows; nothing was changed": "tests/unit/cli/test_plan.py: test_a_table_that_would_break_the_plan",
    "save it as CSV UTF-8": "tests/unit/cli/test_plan.py: test_hints_about_tables",
    "avow survey writes it; or name one with --record": "tests/unit/cli/test_plan.py: test_without_a_record",
    "name the JSON file that avow survey writes with --record, of this version of avow": "tests/unit/cli/test_plan.py: test_a_file_that_is_no_record",
    "check the network{…}, or run {…} and run these commands on another machine": "tests/unit/cli/test_data.py: test_fetch_from_a_server_that_is_not_there",
    "check the network, or run {…} and run these commands on another machine": "tests/unit/cli/test_data.py: test_fetch_without_a_network",
    "{…}, or {…} --print for a machine without a network": "tests/unit/cli/test_data.py: test_fetch_without_a_name_fetches_nothing",
    "check the address in the table (avow data fetch --list); --sources replaces the table": "tests/unit/cli/test_survey_hints.py: test_an_address_without_a_file",
    "avow start {…} writes one": "tests/unit/cli/test_survey_hints.py: test_a_product_folder_without_its_file",
    "correct or remove it under {…}": "tests/unit/cli/test_survey_hints.py: test_a_pattern_for_nothing",
    "split the SBOM, for instance by product": "tests/unit/cli/test_survey_hints.py: test_an_sbom_that_is_too_large",
    "remove it; it is built again when it is needed": "tests/unit/cli/test_survey_hints.py: test_an_index_that_is_damaged",
    "split the document, or export less of it": "tests/unit/cli/test_survey_hints.py: test_a_document_that_is_too_large",
    "export it again, as UTF-8": "tests/unit/cli/test_survey_hints.py: test_a_document_in_another_form",
    "save it as UTF-8, e.g. with: iconv -f UTF-16 -t UTF-8": "tests/unit/formats/test_json_edit.py",
    "OSV's archives are named all.zip and have one JSON file per record": "tests/unit/cli/test_survey_hints.py: test_an_archive_without_records",
    "give SBOMs to avow survey; add those that contain findings": "tests/unit/cli/test_survey_hints.py: test_an_sbom_as_data",
    "run scorecard with --repo, or get the published result of the project": "tests/unit/cli/test_survey_hints.py: test_a_local_scorecard",
    "restore it from a copy, or add the files again to a new directory": "tests/unit/cli/test_survey_hints.py: test_a_broken_manifest",
    "avow data verify --data {…}": "tests/unit/cli/test_survey_hints.py: test_changed_data",
    "write the document as OpenVEX 0.2.0": "tests/unit/cli/test_survey_hints.py: test_openvex_of_another_version",
    "avow start --print shows a complete file": "tests/unit/cli/test_survey_hints.py: test_a_broken_product_file",
    "export each project on its own": "tests/unit/cli/test_survey_hints.py: test_findings_that_are_too_large",
    "read are: {…}": "tests/unit/cli/test_survey_hints.py: test_something_else_as_findings",
    "avow data fetch --list prints the table": "tests/unit/cli/test_survey_hints.py: test_a_source_that_is_not_in_the_table",
    "avow data fetch --list prints a complete table": "tests/unit/cli/test_survey_hints.py: test_a_table_of_sources_that_can_not_be_used",
    "export the SBOM as SPDX 2.3": "tests/unit/cli/test_survey_hints.py: test_a_document_in_another_form",
    "give the documents that matter in an archive of their own": "tests/unit/cli/test_survey_hints.py: test_a_large_archive",
    "unpack it first, and give the SBOM that is inside": "tests/unit/cli/test_survey_hints.py: test_an_archive_of_other_files",
    "give the product's name, or omit the option": "tests/unit/cli/test_survey_hints.py: test_an_empty_name",
    "edit it, or avow start --print shows a new one": "tests/unit/cli/test_survey_hints.py: test_a_product_file_in_the_way",
    "name one, as in avow survey product.cdx.json, or write a product folder with avow start": "tests/unit/cli/test_survey_hints.py: test_no_sbom",
    "name each SBOM once": "tests/unit/cli/test_survey_hints.py: test_one_sbom_named_twice",
    "give each --record, --report and --propose its own": "tests/unit/cli/test_survey_hints.py: test_two_outputs_of_one_name",
    "let its name end in {…}": "tests/unit/cli/test_survey_hints.py: test_a_report_without_a_format",
    "write the columns {…}, with days as YYYY-MM-DD": "tests/unit/cli/test_survey_hints.py: test_a_history_that_can_not_be_read",
    "write it under sboms in {…}, or name it here": "tests/unit/cli/test_survey_hints.py: test_a_folder_without_sboms",
    "name a file instead of -": "tests/unit/cli/test_survey.py: test_standard_input_that_is_closed",
    "download it, and name the file": "tests/unit/cli/test_survey_hints.py: test_an_address_as_sbom",
    "name the files in it: avow survey {…}/*.json": "tests/unit/cli/test_survey_hints.py: test_a_directory_as_sbom",
    "correct the name, or change to its folder": "tests/unit/cli/test_survey_hints.py: test_an_sbom_that_does_not_exist",
    "it may have needed more memory than there is; use fewer --workers": "tests/unit/cli/test_survey_hints.py: test_a_worker_that_is_ended",
    "leave this root out": "tests/unit/cli/test_survey.py: test_a_root_that_verifies_nothing",
    "correct these rows; docs/survey.md explains them": "tests/unit/cli/test_survey_hints.py: test_a_map_that_can_not_be_used",
    "write the day of the download, and check this machine's clock": "tests/unit/cli/test_survey_hints.py: test_a_download_in_the_future",
    "{…}; or record those that are in it: avow data add --data {…} --in-place {…}": "tests/unit/cli/test_survey_hints.py: test_a_directory_that_is_not_one_of_data",
    "{…}; or download some: avow data fetch --all --data {…}": "tests/unit/cli/test_survey_hints.py: test_a_directory_that_is_not_one_of_data",
    "save it as UTF-8, e.g. with: iconv -f ISO-8859-1 -t UTF-8 (use the encoding that it has)": "tests/unit/cli/test_survey_hints.py: test_a_document_in_another_encoding",
    "save it as UTF-8, e.g. with: iconv -f {charset} -t UTF-8": "tests/unit/cli/test_survey_hints.py: test_a_document_in_another_encoding",
    "(use the encoding that it has)": "tests/unit/cli/test_survey_hints.py: test_a_document_in_another_encoding",
    "fix all errors, then run avow check {…}": "test_errors_in_a_declaration",
    "run avow init in a checkout of the project, or give files with --from": "test_nothing_to_draft_from",
    "its canonical spelling is {…}": "test_a_purl_in_another_spelling",
}
"""Hint, and the test that follows it: here unless a file is named."""

ELSEWHERE = {
    "get the bundle again from where the project publishes it": "the project has the genuine bundle",
    "get the bundle again from the project; if it is the same, report it to the project": "as above",
    "ask the project to correct its declaration and to sign it again": "the project signs",
    "check that it does not apply, and record an accepted gap; otherwise: {…}": "a person decides",
    "find out which of the two is right, from both; until then nothing counts for this practice": "two people disagree",
    "omit one of them": "either of the two",
    "ask the project for a statement that it stands by": "the project signs",
    "ask the signer to withdraw it again, with avow withdraw": "the project signs",
    "read what the signer said later": "a person reads",
    "try again later": "time",
    "this is a bug in avow; please report it with the bundle": "whoever maintains avow",
    "on GitHub, the job needs `permissions: id-token: write`; on GitLab, it needs `id_tokens: {SIGSTORE_ID_TOKEN: "
    "{aud: sigstore}}`": "a forge runs the job; examples/workflows has both",
    "try again, or name another instance with --trust-config": "the public instance",
    "try again, leave out --rekor-version, or name another instance with --trust-config": "the public instance",
    "no bundle was written, but the log may already contain an entry; try again with a fresh identity token": "a service that did not answer",
    "report it to the service's operator if it persists": "the operator",
    "try again later, when the timestamping authority answers": "a service that did not answer",
    "check this machine's clock and, with --trust-config, that its trusted root and services belong to the same instance": "the machine's clock, the operator",
    "try again with a fresh identity token": "a service that did not answer",
    "{…} is what the service returned, and the log may contain it; {…}": "its own hint follows",
    "an ambiguous certificate is refused; ask the project to sign again": "the project signs",
    "correct `for` in the policy, or say with --purl which component it is": "the policy's author",
    "ask the project to correct the purl in avow.yaml and to sign again": "the project signs",
    "ask the project for a bundle v0.1 to v0.3 with one signature and one dsse, intoto or hashedrekord log entry": "the project",
    "ask the project for the ECDSA P-256 key of its signatures; other kinds are not supported": "the project",
    "ask the project to sign with a transparency log or a timestamping authority": "the project signs",
    "if the time of this check is wrong, set this machine's clock; if it is right, tell the operator of the log or timestamping authority": "the machine's clock",
    "get the root again from where its operator publishes it": "the operator",
    "look at the address it was downloaded from, and whether that needs a login": "the server",
    "ask the project for a signed declaration": "the project",
    "run git lfs pull": "git",
    "nothing is in the log; use a token for the audience sigstore, of an issuer that this instance accepts": "the issuer",
    "nothing is in the log; try again later": "time",
    "name the bundle; a key belongs to --key": "whoever named the key",
    "the forge has none for this digest; ask the project where its declaration is": "the project",
    "get the layer whose media type begins with {…}": "a registry's client",
    "write each key to a file of its own": "whoever wrote the file",
    "compare the key with the one that the project publishes; if it is the same, get the bundle again": "the project",
    "ask the project to sign again, with sha256 for each artefact": "the project signs",
    "ask the project which of the two is right; every digest has to agree": "the project",
    "ask the project for a newer bundle, or use a newer root if its operator has published one": "the project signs",
    "use files in OSV's JSON format": "the database that publishes the advisory",
    "ask the publisher for the document as CSAF 2.0": "the publisher",
    "validate the SBOM, and correct it where it is made": "the generator of the SBOM",
    "fields are written into CycloneDX 1.5 to 1.7 JSON, SPDX 2.3 JSON and SPDX 3.0 JSON-LD": "the generator of the SBOM",
    "have it made in 1.6, or convert it, for example with cyclonedx-cli": "the generator of the SBOM",
    "have it made in SPDX 2.3 by the tool that wrote it": "the generator of the SBOM",
    "its @context has to be {…}, and its @graph a list": "the generator of the SBOM",
    "get the attestation of version 1 from the index, if it has one": "the package index",
    "get the product file or products-full.json again from endoflife.date": "the publisher",
    "get the file of the day again from its publisher": "the publisher",
    "get the list again from its publisher": "the publisher",
    "export the document again; if it fails again, report it to the tool that wrote it": "the generator of the document",
    "wait until it has ended, and run the command again": "time",
}
"""Hint, and who can do it."""


def test_every_hint_is_followed_or_is_for_somebody_else() -> None:
    """A hint in neither table has been tried by nobody."""
    known = {_plain(each) for each in (*FOLLOWED, *ELSEWHERE)}
    assert {each.text for each in messages.hints() if _plain(each.text) not in known} == set()


def test_the_tables_name_hints_and_tests_that_exist() -> None:
    """What was reworded or renamed leaves no line behind."""
    written = {_plain(each.text) for each in messages.hints()}
    assert {each for each in (*FOLLOWED, *ELSEWHERE) if _plain(each) not in written} == set()
    root = Path(__file__).parents[3]
    for test in FOLLOWED.values():
        if test.startswith("test_") and not test.startswith("test_processes.py"):
            assert test in globals()
        else:
            path, _, name = test.partition(": ")
            found = root / path if path.startswith("tests/") else Path(__file__).parent / path
            assert name in found.read_text(encoding="utf-8")


def _plain(text: str) -> str:
    """Without what differs each time, which may be a part of the text or all that follows."""
    return re.sub(r"\{…\}|\s+", " ", text).strip(" ?")


def hint(ended: Ended) -> str:
    """The next step that the command suggests."""
    (line,) = [each for each in (ended.err + ended.out).splitlines() if re.match(r"\s*next\b", each)][:1]
    return line.split(maxsplit=1)[1].removeprefix("next: ")


# ---- names and options -----------------------------------------------------------------------------------


def test_a_misspelt_name(avow: Avow) -> None:
    """The name that was perhaps meant exists."""
    assert re.search(r"did you mean (\S+)\?", avow("chek").err)[1] == "check"  # type: ignore[index]
    meant = re.search(r"did you mean (\S+)\?", hint(avow("practices", "VUL-1")))
    assert meant is not None
    assert avow("practices", meant[1]).code == 0


def test_a_practice_that_does_not_exist(avow: Avow) -> None:
    """Nothing is near: the list is a command away."""
    ended = avow("practices", "zzzzzzz")
    assert "avow practices" in hint(ended)
    assert "VUL-01" in avow("practices").out


def test_a_profile_that_does_not_exist(avow: Avow, release: Path) -> None:
    """Every profile that is offered can be used."""
    flags = identity_flags(release)
    ended = avow("verify", ARTEFACT, *flags, "--profile", "zzz")
    offered = hint(ended).removeprefix("use one of ").split(", ")
    assert "orc-light" in offered
    assert avow("verify", ARTEFACT, *flags, "--profile", "orc-light").code == 1


def test_a_profile_that_needs_support_until(avow: Avow, release: Path) -> None:
    """Either way out: the other profile, or a policy with the date."""
    flags = identity_flags(release)
    ended = avow("verify", ARTEFACT, *flags, "--profile", "default-low")
    assert "supportUntil" in hint(ended)
    assert avow("verify", ARTEFACT, *flags, "--profile", "orc-light").code == 1
    text = Path("policy.yaml").read_text(encoding="utf-8")
    Path("policy.yaml").write_text(
        f'{text}profile: default-low\nsupportUntil: "2099-01-01"\n', encoding="utf-8"
    )
    assert avow(*VERIFY).code == 1


@pytest.mark.usefixtures("release")
def test_an_empty_output(avow: Avow) -> None:
    """Usually a variable that is not set."""
    assert hint(avow(*VERIFY, "--output", "")) == "give it a value, or omit the option"
    assert avow(*VERIFY, "--bundle", BUNDLE).code == 0
    assert "standard input is not read" in avow(*VERIFY, "--bundle", "-").err


def test_an_empty_option(avow: Avow, release: Path) -> None:
    """A value, or no option."""
    ended = avow(*VERIFY, "--purl", "")
    assert (ended.code, hint(ended)) == (2, "give it a value, or omit the option")
    assert avow(*VERIFY).code == 0
    assert avow(*VERIFY, "--purl", COMPONENT).code == 0
    assert release.exists()


def test_options_that_exclude_each_other(avow: Avow, release: Path) -> None:
    """One of the two ways."""
    ended = avow(*VERIFY, "--trusted-root", "trusted_root.json")
    assert "omit" in hint(ended)
    assert avow(*VERIFY).code == 0
    assert avow("verify", ARTEFACT, "--identity-only", *identity_flags(release)).code == 0


def test_no_trusted_signer(avow: Avow, release: Path) -> None:
    """A policy, or a root with a signer; a root alone leads to the second half."""
    assert "--policy" in hint(avow("verify", ARTEFACT))
    assert avow(*VERIFY).code == 0
    root = ("--trusted-root", "trusted_root.json", "--insecure-sandbox")
    signer_alone = avow("verify", ARTEFACT, "--repo", "acme/acmelib", "--signer-workflow", "release.yml")
    assert "--trusted-root is missing" in signer_alone.err
    assert "avow trust pin --output trusted_root.json" in hint(signer_alone)
    ended = avow("verify", ARTEFACT, *root)
    assert "identity and issuer" in hint(ended)
    assert avow("verify", ARTEFACT, "--identity-only", *identity_flags(release)).code == 0


def identity_flags(release: Path) -> tuple[str, ...]:
    """The flags that name the signer of the release."""
    issuer = re.search(r"issuer: (\S+)", (release / "policy.yaml").read_text(encoding="utf-8"))
    assert issuer is not None
    return (
        "--trusted-root", "trusted_root.json", "--insecure-sandbox",
        "--certificate-identity", "maintainer@example.org", "--certificate-oidc-issuer", issuer[1],
    )  # fmt: skip


# ---- files -----------------------------------------------------------------------------------------------


def test_files_that_exist(avow: Avow, project: Path, attest: list[str]) -> None:
    """Other paths, or the option that replaces."""
    ended = avow("init")
    assert "--force" in hint(ended)
    assert avow("init", "--output", "other.yaml").code == 0
    assert avow("init", "--force", "--compliance-md", "avow.yaml").code == 2
    assert avow("init", "--force", "--compliance-md", "COMPLIANCE.md").code == 0
    shutil.rmtree(project)
    from .conftest import lay_out  # noqa: PLC0415  the project again, as it was

    lay_out(project)
    import os  # noqa: PLC0415

    os.chdir(project)
    assert avow(*attest).code == 0
    ended = avow(*attest)
    assert "--overwrite" in hint(ended)
    assert avow(*attest, "--overwrite").code == 0


def test_neither_a_file_nor_a_digest(avow: Avow, release: Path) -> None:
    """The form that the hint gives is accepted."""
    rest = VERIFY[2:]
    assert "64 lower-case hex digits" in hint(avow("verify", "sha256:abc", *rest, "--bundle", BUNDLE))
    digest = f"sha256:{'ab' * 32}"
    assert avow("verify", digest, *rest, "--bundle", BUNDLE).code == 4
    bare = hint(avow("verify", "ab" * 32, *rest, "--bundle", BUNDLE)).rpartition(" ")[2]
    assert bare == digest
    assert "its digest" in hint(avow("verify", "", *rest, "--bundle", BUNDLE))
    named = Path("sha256:abc")
    named.write_bytes((release / ARTEFACT).read_bytes())
    assert avow("verify", f"./{named}", *rest, "--bundle", BUNDLE).code == 0


def test_a_digest_alone(avow: Avow, release: Path) -> None:
    """A digest has no directory; its bundle is named."""
    import hashlib  # noqa: PLC0415

    digest = f"sha256:{hashlib.sha256((release / ARTEFACT).read_bytes()).hexdigest()}"
    assert "--bundle" in hint(avow("verify", digest, *VERIFY[2:]))
    assert avow("verify", digest, *VERIFY[2:], "--bundle", BUNDLE).code == 0


def test_an_unknown_store(avow: Avow, release: Path) -> None:
    """The scheme that the hint names opens the same directory."""
    ended = avow(*VERIFY, "--bundle", "gopher://example.org/bundles")
    assert "file://" in hint(ended)
    assert avow(*VERIFY, "--bundle", f"file://{release / 'dist'}").code == 0


def test_a_directory_that_can_not_be_read(avow: Avow, release: Path) -> None:
    """What could not be listed can still be named."""
    ended = avow(*VERIFY, "--bundle", f"file://{release}/nowhere/")
    assert ended.code == 2 or "--bundle" in ended.out
    assert avow(*VERIFY, "--bundle", BUNDLE).code == 0


def test_too_many_bundles_in_a_file(avow: Avow, release: Path) -> None:
    """The bundles of this release in a file of their own."""
    bundle = json.dumps(json.loads((release / BUNDLE).read_bytes()))
    Path("all.jsonl").write_text('{"n": 1}\n' * 1000 + bundle + "\n", encoding="utf-8")
    ended = avow(*VERIFY, "--bundle", "all.jsonl")
    assert ended.code != 0
    assert "file of their own" in ended.out
    Path("release.jsonl").write_text(bundle + "\n", encoding="utf-8")
    assert avow(*VERIFY, "--bundle", "release.jsonl").code == 0


# ---- who may sign ----------------------------------------------------------------------------------------


def test_a_component_without_a_rule(avow: Avow, release: Path) -> None:
    """The rule that the hint asks for, with the very `for` that it gives, is accepted and matches."""
    text = (release / "policy.yaml").read_text(encoding="utf-8")
    Path("policy.yaml").write_text(text.replace(COMPONENT, "pkg:pypi/other"), encoding="utf-8")
    ended = avow(*VERIFY, "--purl", f"{COMPONENT}@2.4.1")
    assert ended.code == 4
    named = re.search(r"for: (\S+)", hint(ended))
    assert named is not None
    Path("policy.yaml").write_text(text.replace(COMPONENT, named[1]), encoding="utf-8")
    assert avow(*VERIFY, "--purl", f"{COMPONENT}@2.4.1").code == 0
    Path("policy.yaml").write_text(text.replace(COMPONENT, "pkg:pypi/other"), encoding="utf-8")
    qualified = f"{COMPONENT}@2.4.1?arch=any#src"  # neither is compared, so a rule must not have it
    named = re.search(r"for: (\S+)", hint(avow(*VERIFY, "--purl", qualified)))
    assert named is not None
    Path("policy.yaml").write_text(text.replace(COMPONENT, named[1]), encoding="utf-8")
    assert avow(*VERIFY, "--purl", qualified).code == 0


def test_several_components(avow: Avow, release: Path) -> None:
    """With the component the question can be answered."""
    text = (release / "policy.yaml").read_text(encoding="utf-8")
    rule = re.search(r"  - for.*?(?=require)", text, re.DOTALL)
    assert rule is not None
    Path("policy.yaml").write_text(
        text.replace(rule[0], rule[0] + rule[0].replace(COMPONENT, "pkg:pypi/other")), encoding="utf-8"
    )
    assert "--purl" in hint(avow(*VERIFY))
    assert avow(*VERIFY, "--purl", COMPONENT).code == 0


def test_another_version(avow: Avow, release: Path) -> None:
    """The version that the statement is about, or none."""
    ended = avow(*VERIFY, "--purl", f"{COMPONENT}@9.9", "--bundle", BUNDLE)
    assert "--purl" in hint(ended)
    assert avow(*VERIFY, "--purl", f"{COMPONENT}@2.4.1").code == 0
    assert release.exists()


def test_another_artefact(avow: Avow, release: Path) -> None:
    """The file that the project released is accepted."""
    content = (release / ARTEFACT).read_bytes()
    (release / ARTEFACT).write_bytes(content + b"changed")
    ended = avow(*VERIFY, "--bundle", BUNDLE)
    assert "the project released" in hint(ended)
    (release / ARTEFACT).write_bytes(content)
    assert avow(*VERIFY).code == 0


def test_a_bundle_signed_with_a_key(avow: Avow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The project's key verifies it; a file that is not a key leads to one that is."""
    setting = Setting(tmp_path)
    monkeypatch.chdir(tmp_path)
    signer = setting.virtual.managed_key()
    bundle = setting.sign(declaration(), signer=signer)
    (tmp_path / "artefact").write_bytes(b"acmelib 2.4.1, the source archive")
    call = ("verify", "artefact", "--bundle", bundle, "--trusted-root", "pinned.json", "--identity-only")
    by_identity = (
        "--certificate-identity",
        "a@example.org",
        "--certificate-oidc-issuer",
        "https://issuer.example",
    )
    assert "--key FILE" in avow(*call, *by_identity).out
    (tmp_path / "not-a-key").write_bytes(b"no key")
    assert "BEGIN PUBLIC KEY" in hint(avow(*call, "--key", "not-a-key"))
    (tmp_path / "key.pub").write_bytes(signer.verifier)
    assert signer.verifier.startswith(b"-----BEGIN PUBLIC KEY-----")
    assert avow(*call, "--key", "key.pub").code == 0


def test_observations_without_a_policy(avow: Avow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What we saw answers what a policy asks; the page's example shows how to write one."""
    setting = Setting(tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "artefact").write_bytes(b"acmelib 2.4.1, the source archive")
    setting.sign(declared_today(), at=datetime.now(UTC), name="declaration")
    (tmp_path / "own.yaml").write_text(
        "avow-observations: 1\nobservations:\n  - {practice: VUL-01, for: 'pkg:pypi/acmelib', saw: inPlace, "
        "source: their page, date: 2020-01-01, who: us}\n",
        encoding="utf-8",
    )
    call = ("verify", "artefact", "--bundle", str(setting.store), "--observations", "own.yaml")
    assert "write a policy" in hint(avow(*call))
    assert avow(*call, "--policy", "policy.yaml").code == 0


def test_a_statement_of_another_type(avow: Avow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the declaration: the bundle of the declaration is accepted in its place."""
    setting = Setting(tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "artefact").write_bytes(b"acmelib 2.4.1, the source archive")
    other = setting.sign({}, predicate_type="https://slsa.dev/provenance/v1", name="provenance")
    mine = setting.sign(declared_today(), at=datetime.now(UTC), name="declaration")
    call = ("verify", "artefact", "--policy", "policy.yaml", "--bundle")
    assert "avow attest" in hint(avow(*call, other))
    assert avow(*call, mine).code == 0


# ---- trusted roots ---------------------------------------------------------------------------------------


def test_a_sandbox_root(avow: Avow, release: Path) -> None:
    """The option that the hint names is enough, and the result says so."""
    ended = avow("verify", ARTEFACT, "--policy", "policy.yaml")
    assert "--insecure-sandbox" in hint(ended)
    assert "INSECURE" in avow(*VERIFY).out
    assert release.exists()


def test_a_root_that_changed(avow: Avow, release: Path) -> None:
    """Reviewed, pinned anew with the lines that are printed: the policy is used again."""
    root = json.loads((release / "trusted_root.json").read_bytes())
    (release / "trusted_root.json").write_text(json.dumps(root, indent=3), encoding="utf-8")
    ended = avow(*VERIFY)
    assert "avow trust show" in hint(ended)
    assert avow("trust", "show", "trusted_root.json").code == 0
    printed = avow("trust", "pin", "trusted_root.json").out
    digest = re.search(r"sha256: ([0-9a-f]{64})", printed)
    assert digest is not None
    text = (release / "policy.yaml").read_text(encoding="utf-8")
    Path("policy.yaml").write_text(re.sub(r"sha256: [0-9a-f]{64}", digest[0], text), encoding="utf-8")
    assert avow(*VERIFY).code == 0
    (release / "trusted_root.json").rename("moved.json")
    assert hint(avow(*VERIFY)) == "policy.yaml names this file; correct the path there"
    text = Path("policy.yaml").read_text(encoding="utf-8")
    Path("policy.yaml").write_text(text.replace("trusted_root.json", "moved.json"), encoding="utf-8")
    assert avow(*VERIFY).code == 0


def test_the_bundle_in_place_of_the_artefact(avow: Avow, release: Path) -> None:
    """It is said, and the command in the right order is a yes."""
    (release / "alone").mkdir()
    bundle = (release / BUNDLE).rename(release / "alone" / "a.sigstore.json")
    rest = VERIFY[2:]
    ended = avow("verify", bundle, *rest)
    assert ended.code == 3
    assert "has the name of one" in ended.out
    assert "this file with --bundle" in ended.out
    assert avow("verify", ARTEFACT, *rest, "--bundle", bundle).code == 0


def test_the_built_in_root(avow: Avow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command in the hint, as it is."""
    monkeypatch.chdir(tmp_path)
    words = hint(avow("trust", "pin")).split("avow ", 1)[1].split()
    assert avow(*words).code == 0
    assert Path("trusted_root.json").read_bytes() == embedded_root().data


def test_another_root_in_the_way(avow: Avow, release: Path) -> None:
    """Both can be shown; once the old one has moved, the new one is written."""
    ended = avow("trust", "pin", "--output", "trusted_root.json")
    assert "avow trust show" in hint(ended)
    assert avow("trust", "show", "trusted_root.json").code == avow("trust", "show").code == 0
    (release / "trusted_root.json").rename(release / "old.json")
    assert avow("trust", "pin", "--output", "trusted_root.json").code == 0
    assert avow("trust", "pin", "--output", "public.json").code == 0


def test_a_trust_config_for_a_root(avow: Avow, service: Path, tmp_path: Path) -> None:
    """The member that the hint names is a trusted root."""
    config = service / "client_trust_config.json"
    ended = avow("trust", "show", config)
    assert "trustedRoot" in hint(ended)
    root = tmp_path / "root.json"
    root.write_text(json.dumps(json.loads(config.read_bytes())["trustedRoot"]), encoding="utf-8")
    assert avow("trust", "show", root).code == 0


def test_roots_in_json_lines(avow: Avow, tmp_path: Path) -> None:
    """One line, saved, is a root."""
    line = json.dumps(json.loads(embedded_root().data))
    (tmp_path / "roots.jsonl").write_text(f"{line}\n{line}\n", encoding="utf-8")
    assert "save the line" in hint(avow("trust", "show", tmp_path / "roots.jsonl"))
    (tmp_path / "root.json").write_text(line, encoding="utf-8")
    assert avow("trust", "show", tmp_path / "root.json").code == 0


def test_a_root_without_keys(avow: Avow, release: Path) -> None:
    """`avow trust show` says what is missing; a complete root is used."""
    root = json.loads((release / "trusted_root.json").read_bytes())
    (release / "empty.json").write_text(
        json.dumps(root | {"tlogs": [], "certificateAuthorities": []}), encoding="utf-8"
    )
    flags = [each.replace("trusted_root.json", "empty.json") for each in identity_flags(release)]
    assert "avow trust show" in hint(avow("verify", ARTEFACT, *flags))
    assert "\n  ca " not in avow("trust", "show", "empty.json").out
    assert "\n  ca " in avow("trust", "show", "trusted_root.json").out


def test_another_instance(avow: Avow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The root of the instance that signed verifies the bundle."""
    setting = Setting(tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "artefact").write_bytes(b"acmelib 2.4.1, the source archive")
    setting.sign(declaration())
    (tmp_path / "other.json").write_bytes(encoded(VirtualSigstore(organisation="other").trusted_root()))
    call = ("verify", "artefact", "--bundle", "store", "--repo", "acme/acmelib", "--identity-only",
            "--signer-workflow", ".github/workflows/release.yml", "--trusted-root")  # fmt: skip
    ended = avow(*call, "other.json")
    assert (ended.code, "the root of the Sigstore instance that signed" in ended.out) == (5, True)
    assert avow(*call, "pinned.json").code == 0


def test_inspect_json_lines(avow: Avow, release: Path) -> None:
    """Each line is shown."""
    line = json.dumps(json.loads((release / BUNDLE).read_bytes()))
    Path("all.jsonl").write_text(f"{line}\n{line}\n", encoding="utf-8")
    ended = avow("inspect", "all.jsonl")
    assert (ended.code, ended.out.count("all.jsonl:")) == (0, 2)
    assert [each["bundle"] for each in json.loads(avow("inspect", "all.jsonl", "--format", "json").out)] == [
        "all.jsonl:1",
        "all.jsonl:2",
    ]


@pytest.mark.parametrize(
    ("form", "turned"),
    [
        ("UTF-16", lambda text: text.encode("utf-16")),
        ("byte order mark", lambda text: text.encode("utf-8-sig")),
        ("gzip", lambda text: gzip.compress(text.encode())),
    ],
)
def test_a_bundle_in_another_form(
    avow: Avow, release: Path, form: str, turned: Callable[[str], bytes]
) -> None:
    """It is said what it is; the text itself is read."""
    text = (release / BUNDLE).read_text(encoding="utf-8")
    (release / BUNDLE).write_bytes(turned(text))
    ended = avow(*VERIFY, "--bundle", BUNDLE)
    assert form in ended.out
    assert "turn it into" in hint(ended)
    (release / BUNDLE).write_text(text, encoding="utf-8")
    assert avow(*VERIFY, "--bundle", BUNDLE).code == 0


def test_standard_input(avow: Avow, release: Path) -> None:
    """It is not read; a file of that name is. Standard output is."""
    (release / "-").write_bytes((release / ARTEFACT).read_bytes())
    rest = (*VERIFY[2:], "--bundle", BUNDLE)
    assert "./-" in hint(avow("verify", "-", *rest))
    assert avow("verify", "./-", *rest).code == 0
    ended = avow(*VERIFY, "--format", "json", "--output", "-")
    assert json.loads(ended.out)["exitCode"] == 0


def test_inspect_something_else(avow: Avow, release: Path) -> None:
    """What `avow attest` wrote can be read."""
    assert "avow attest" in hint(avow("inspect", "trusted_root.json"))
    assert "name the bundle" in hint(avow("inspect", ARTEFACT))
    assert avow("inspect", BUNDLE).code == 0
    assert release.exists()


# ---- signing ---------------------------------------------------------------------------------------------


def without_identity(words: list[str]) -> list[str]:
    """The command line without its token."""
    place = words.index("--identity-token")
    return words[:place] + words[place + 2 :]


def test_signing_without_a_terminal(avow: Avow, project: Path, attest: list[str]) -> None:
    """A token is enough."""
    ended = avow(*without_identity(attest))
    assert "--identity-token" in hint(ended)
    assert avow(*attest).code == 0
    assert project.exists()


def test_a_token_that_can_not_be_read(avow: Avow, project: Path, attest: list[str]) -> None:
    """The token itself, with the claims that are asked for."""
    for token in ("token.txt", "e30.e30.e30"):
        ended = avow(*without_identity(attest), "--identity-token", token)
        assert ended.code == 2
        assert re.search("the token itself|iss claim", hint(ended))
    assert avow(*attest).code == 0
    assert project.exists()


def test_an_expired_token(avow: Avow, project: Path, attest: list[str]) -> None:
    """A fresh one signs."""
    import jwt  # noqa: PLC0415

    claims = {"iss": "https://issuer.example", "aud": "sigstore", "sub": "a", "email": "a@example.org",
              "iat": 1, "nbf": 1, "exp": 2}  # fmt: skip
    expired = jwt.encode(claims, "x" * 32, "HS256")
    ended = avow(*without_identity(attest), "--identity-token", expired)
    assert "fresh token" in hint(ended)
    assert avow(*attest).code == 0
    assert project.exists()


def test_a_wrong_trust_config(avow: Avow, project: Path, attest: list[str], service: Path) -> None:
    """The file that the hint names is accepted."""
    place = attest.index("--trust-config") + 1
    wrong = [*attest]
    wrong[place] = str(service / "trusted_root.json")
    assert "client_trust_config.json" in hint(avow(*wrong))
    assert Path(attest[place]).name == "client_trust_config.json"
    assert avow(*attest).code == 0
    assert project.exists()


def test_a_draft_is_not_signed(avow: Avow, project: Path, attest: list[str]) -> None:
    """Fixed, checked, signed: the commands that the hint names, in their order."""
    path = project / "avow.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("  TST-04:\n", "  TST-04:\n    draft: true\n"), encoding="utf-8")
    ended = avow(*attest)
    assert hint(ended).endswith("run avow check and avow attest again")
    path.write_text(text, encoding="utf-8")
    assert avow("check").code == 0
    assert avow(*attest).code == 0


def test_errors_in_a_declaration(avow: Avow, project: Path, attest: list[str]) -> None:
    """Fixed, and checked with the command in the hint."""
    path = project / "avow.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("status: implemented", "status: done"), encoding="utf-8")
    words = hint(avow(*attest)).partition("then run avow ")[2].split()
    path.write_text(text, encoding="utf-8")
    assert avow(*words).code == 0


def test_nothing_to_draft_from(avow: Avow, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a checkout, or with a file, there is a draft."""
    (project / "avow.yaml").unlink()
    for name in ("one", "two"):
        (project / name).mkdir()
    monkeypatch.chdir(project / "one")
    assert "--from" in hint(avow("init"))
    assert avow("init", "--from", "../SECURITY.md").code == 0
    monkeypatch.chdir(project)
    assert avow("init").code == 0


def test_a_purl_in_another_spelling(avow: Avow, release: Path) -> None:
    """The spelling in the hint is accepted."""
    ended = avow(*VERIFY, "--purl", "pkg:pypi/AcmeLib@2.4.1")
    spelled = re.search(r"canonical spelling is (\S+)", hint(ended))
    assert spelled is not None
    assert avow(*VERIFY, "--purl", spelled[1]).code == 0
    assert release.exists()


@pytest.fixture(autouse=True)
def nobody_at_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """No browser and no CI job: what is asked of a person comes from the command line."""
    for name in ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", "SIGSTORE_ID_TOKEN"):
        monkeypatch.delenv(name, raising=False)

"""All sources of a draft in one table, in the order of their precedence."""

from __future__ import annotations

import re
from typing import Final

from avow.drafting.found import Document, DraftSource
from avow.drafting.readers.licence import PATH as LICENCE_PATH
from avow.drafting.readers.licence import REUSE_PATH, is_licence, read_licence
from avow.drafting.readers.manifests import MANIFESTS, is_manifest, read_manifest
from avow.drafting.readers.orc_template import is_orc_template, read_orc_template
from avow.drafting.readers.pipelines import (
    PIPELINES,
    UPDATERS,
    is_pipeline,
    is_updater,
    read_pipeline,
    read_updater,
)
from avow.drafting.readers.project_documents import DOCUMENTS, is_project_document, read_project_document
from avow.drafting.readers.scorecard import is_scorecard, read_scorecard
from avow.drafting.readers.security_insights import FILE_NAME, is_security_insights, read_security_insights
from avow.drafting.readers.security_policy import PATH as POLICY_PATH
from avow.drafting.readers.security_policy import is_security_policy, read_security_policy
from avow.drafting.readers.security_txt import PATH as SECURITY_TXT_PATH
from avow.drafting.readers.security_txt import is_security_txt, read_security_txt

__all__ = ["SOURCES", "source_of"]

_COMPLIANCE: Final = re.compile(
    r"(?:\.github/|docs?/)?(?:compliance|(?:voluntary[-_])?security[-_]attestation|vsa)\.(?:md|markdown|txt)",
    re.IGNORECASE,
)
_SCORECARD: Final = re.compile(r"(?:[^/]+/)?(?:[\w.-]*[-_.])?scorecard[\w.-]*\.json", re.IGNORECASE)
_LICENCES: Final = re.compile(f"(?:{LICENCE_PATH.pattern})|(?:(?-i:{REUSE_PATH.pattern}))", re.IGNORECASE)

# The project's own statements take precedence over what its files show, and both over the results of tools.
SOURCES: Final = (
    DraftSource("ORC light-weight template", _COMPLIANCE, is_orc_template, read_orc_template),
    DraftSource("Security Insights", FILE_NAME, is_security_insights, read_security_insights),
    DraftSource("security.txt", SECURITY_TXT_PATH, is_security_txt, read_security_txt),
    DraftSource("security policy", POLICY_PATH, is_security_policy, read_security_policy),
    DraftSource("manifest", MANIFESTS, is_manifest, read_manifest),
    DraftSource("licence text", _LICENCES, is_licence, read_licence),
    DraftSource("project document", DOCUMENTS, is_project_document, read_project_document),
    DraftSource("CI configuration", PIPELINES, is_pipeline, read_pipeline),
    DraftSource("update or hook configuration", UPDATERS, is_updater, read_updater),
    DraftSource("Scorecard", _SCORECARD, is_scorecard, read_scorecard),
)


def source_of(document: Document) -> DraftSource | None:
    """The first source that recognises the document, by its content or its name."""
    return next((source for source in SOURCES if source.sniff(document)), None)

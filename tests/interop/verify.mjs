// Verify a bundle with @sigstore/verify: node verify.mjs ROOT BUNDLE IDENTITY ISSUER [ARTIFACT]
// `sigstore.verify` of the `sigstore` package can't be used: it takes trusted roots from TUF only.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.AVOW_INTEROP_DIR}/`);
const { bundleFromJSON } = require("@sigstore/bundle");
const { TrustedRoot } = require("@sigstore/protobuf-specs");
const { Verifier, toSignedEntity, toTrustMaterial } = require("@sigstore/verify");

const [rootFile, bundleFile, identity, issuer, artifactFile] = process.argv.slice(2);
const json = (file) => JSON.parse(readFileSync(file, "utf8"));
const literally = (text) => `^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`;

const trust = toTrustMaterial(TrustedRoot.fromJSON(json(rootFile)));
const artifact = artifactFile ? readFileSync(artifactFile) : undefined;
new Verifier(trust).verify(toSignedEntity(bundleFromJSON(json(bundleFile)), artifact), {
  subjectAlternativeName: literally(identity),
  extensions: { issuer },
});

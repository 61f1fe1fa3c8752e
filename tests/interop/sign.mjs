// Sign a statement with @sigstore/sign: node sign.mjs URL TOKEN STATEMENT TSA(yes|no), bundle on stdout
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.AVOW_INTEROP_DIR}/`);
const { bundleToJSON } = require("@sigstore/bundle");
const { DSSEBundleBuilder, FulcioSigner, RekorWitness, TSAWitness } = require("@sigstore/sign");

const [url, token, statementFile, tsa] = process.argv.slice(2);
const witnesses = [new RekorWitness({ rekorBaseURL: url, entryType: "dsse" })];
if (tsa === "yes") witnesses.push(new TSAWitness({ tsaBaseURL: url }));
const signer = new FulcioSigner({ fulcioBaseURL: url, identityProvider: { getToken: async () => token } });
const bundle = await new DSSEBundleBuilder({ signer, witnesses }).create({
  data: readFileSync(statementFile),
  type: "application/vnd.in-toto+json",
});
console.log(JSON.stringify(bundleToJSON(bundle)));

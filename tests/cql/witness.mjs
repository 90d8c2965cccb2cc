// Reads FHIR ndjson(.gz) from a folder, evaluates every cohort of witness.cql for every patient, prints one JSON object.
import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CqlTranslator, LibraryManager, ModelManager, createModelInfoProvider, stringAsSource } from "@cqframework/cql/cql-to-elm";
import cql from "cql-execution";
import fhir from "cql-exec-fhir";

const [folder, asOf, windowStart] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const read = (...parts) => readFileSync(join(here, ...parts), "utf8");

const models = {
  System: read("system-modelinfo.xml"),
  FHIR: read("node_modules/cql-exec-fhir/lib/modelInfos/fhir-modelinfo-4.0.1.xml"),
};
const manager = new ModelManager();
manager.modelInfoLoader.registerModelInfoProvider(
  createModelInfoProvider((id) => (models[id] ? stringAsSource(models[id]) : null)),
);
const elm = JSON.parse(CqlTranslator.fromText(read("witness.cql"), new LibraryManager(manager)).toJson());
const errors = (elm.library.annotation ?? []).filter((note) => note.errorSeverity === "error");
if (errors.length) {
  console.error(errors.map((error) => `${error.startLine}: ${error.message}`).join("\n"));
  process.exit(1);
}

const bundles = new Map();
const bundle = (id) => {
  if (!bundles.has(id)) bundles.set(id, { resourceType: "Bundle", type: "collection", entry: [] });
  return bundles.get(id);
};
for (const name of readdirSync(folder).sort()) {
  if (!/^(Patient|Condition|Observation|MedicationRequest)\.ndjson(\.gz)?$/.test(name)) continue;
  const bytes = readFileSync(join(folder, name));
  const text = (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  for (const line of text.split("\n")) {
    if (!line) continue;
    const resource = JSON.parse(line);
    const id = resource.resourceType === "Patient" ? resource.id : resource.subject.reference.split(/[:/]/).pop();
    if (resource.resourceType === "Patient") bundle(id).entry.unshift({ resource });
    else bundle(id).entry.push({ resource });
  }
}

const library = new cql.Library(elm);
const parameters = { AsOf: cql.DateTime.parse(asOf), WindowStart: cql.DateTime.parse(windowStart) };
const cohorts = Object.keys(library.expressions).filter((name) => !name.startsWith("Latest") && !name.startsWith("Last ") && !name.startsWith("Recorded") && !["Patient", "Age"].includes(name));
const answers = {};
const all = [...bundles.values()];
for (let at = 0; at < all.length; at += 50) {
  const source = fhir.PatientSource.FHIRv401();
  source.loadBundles(all.slice(at, at + 50));
  const results = await new cql.Executor(library, undefined, parameters).exec(source);
  for (const [id, values] of Object.entries(results.patientResults))
    answers[id] = Object.fromEntries(cohorts.map((name) => [name, values[name] ?? null]));
}
console.log(JSON.stringify(answers));

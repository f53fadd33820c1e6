// node-nlp as a worker of the benchmark: `train FOLDER`, `judge FOLDER` which prints JSON, `serve FOLDER PORT`.
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { NlpManager } from "node-nlp";

const [what, folder, port] = process.argv.slice(2);
const model = join(folder, "model.json");
const read = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));

function manager(languages) {
  return new NlpManager({ languages, forceNER: false, autoSave: false, autoLoad: false, threshold: 0, nlu: { log: false } });
}

async function train() {
  const rows = read("train.json");
  const made = manager([...new Set(rows.map((row) => row.language))]);
  for (const row of rows) made.addDocument(row.language, row.text, row.label);
  await made.train();
  writeFileSync(model, made.export(false));
}

function loaded() {
  const made = manager(["en"]);
  made.import(readFileSync(model, "utf8"));
  return made;
}

async function ask(made, text, language) {
  const found = await made.process(language, text);
  return { label: found.intent === "None" ? "" : found.intent, score: found.score };
}

async function judge() {
  const made = loaded();
  await ask(made, "hello", "en");
  const labels = [], scores = [], times = [];
  for (const one of read("texts.json")) {
    const begun = process.hrtime.bigint();
    const found = await ask(made, one.text, one.language);
    times.push(Number(process.hrtime.bigint() - begun) / 1e9);
    labels.push(found.label);
    scores.push(found.label ? found.score : 0);
  }
  process.stdout.write(`${JSON.stringify({ labels, scores, times, memory: process.memoryUsage().rss })}\n`);
}

function serve() {
  const made = loaded();
  const server = createServer(async (request, response) => {
    if (request.method === "GET") return response.end("{}");
    let body = "";
    for await (const part of request) body += part;
    const { text, language } = JSON.parse(body);
    const found = await ask(made, text, language ?? "en");
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ text, intent: { name: found.label, confidence: found.score } }));
  });
  server.listen(Number(port), "127.0.0.1");
}

await { train, judge, serve }[what]();

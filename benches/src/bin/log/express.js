// Express with one of its loggers: bare, pino or morgan. Answers questions on stdin as
// the other servers do.
"use strict";

process.env.NODE_ENV = "production";
const fs = require("node:fs");
const readline = require("node:readline");
const express = require("express");

const [subject, log] = process.argv.slice(2);
const app = express();
if (subject === "pino") {
  const pino = require("pino");
  // As its documentation advises for speed: lines leave in batches.
  const destination = pino.destination({ dest: log, sync: false, minLength: 4096 });
  app.use(require("pino-http")({ logger: pino(destination) }));
} else if (subject === "morgan") {
  const stream = fs.createWriteStream(log);
  app.use(require("morgan")("combined", { stream }));
}
app.get("/", (request, response) => response.type("text/plain").send("Hello, World!"));

const server = app.listen(0, "127.0.0.1", () => {
  const questions = readline.createInterface({ input: process.stdin });
  questions.on("line", (question) => {
    if (question === "port") {
      console.log(`ok ${server.address().port}`);
    } else if (question === "cpu") {
      const { user, system } = process.cpuUsage();
      console.log(`ok ${(user + system) * 1000}`);
    } else {
      console.log(`failed: not a question: ${question}`);
    }
  });
  questions.on("close", () => process.exit(0));
});

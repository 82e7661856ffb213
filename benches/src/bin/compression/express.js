// Serves a file at `/`, compressed, and answers questions on stdin as the other
// servers do: its port, its CPU time in nanoseconds, its page faults.
"use strict";

process.env.NODE_ENV = "production";
const fs = require("node:fs");
const readline = require("node:readline");
const express = require("express");
const compression = require("compression");

const [file, type] = process.argv.slice(2);
const body = fs.readFileSync(file);
const app = express();
// From the first byte on, since that is what the others do here.
app.use(compression({ threshold: 0 }));
app.get("/", (request, response) => response.type(type).send(body));

const server = app.listen(0, "127.0.0.1", () => {
  const questions = readline.createInterface({ input: process.stdin });
  questions.on("line", (question) => {
    if (question === "port") {
      console.log(`ok ${server.address().port}`);
    } else if (question === "cpu") {
      const { user, system } = process.cpuUsage();
      console.log(`ok ${(user + system) * 1000}`);
    } else if (question === "faults") {
      console.log(`ok ${process.resourceUsage().minorPageFault}`);
    } else {
      console.log(`failed: not a question: ${question}`);
    }
  });
  questions.on("close", () => process.exit(0));
});

// The app that is being replaced. Prints the port that it listens on, and ends
// with its input.
import { RedisStore } from "connect-redis";
import express from "express";
import session from "express-session";
import { createClient } from "redis";

const { REDIS_URL, SECRETS, MAX_AGE, ROLLING } = process.env;
const client = createClient({ url: REDIS_URL });
await client.connect();

const app = express();
app.use(
  session({
    store: new RedisStore({ client }),
    secret: SECRETS.split(","),
    resave: false,
    saveUninitialized: false,
    rolling: ROLLING === "true",
    cookie: { maxAge: Number(MAX_AGE) },
  }),
);

app.get("/login/:user", (req, res, next) => {
  req.session.regenerate((error) => {
    if (error) return next(error);
    req.session.user = req.params.user;
    res.json(req.session.user);
  });
});
app.get("/set/:name/:value", (req, res) => {
  req.session[req.params.name] = JSON.parse(req.params.value);
  res.json(true);
});
// All but the cookie, as JSON.
app.get("/all", (req, res) => {
  const { cookie, ...rest } = req.session;
  res.json(rest);
});
app.get("/logout", (req, res, next) => {
  req.session.destroy((error) => (error ? next(error) : res.json(true)));
});

const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.resume().on("end", () => process.exit());

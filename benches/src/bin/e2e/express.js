// The routes of examples/production on Express, with the middleware that its guide
// "Production best practices" names. `node e2e.js REDIS EXAMPLE WORKERS`
'use strict';
const cluster = require('node:cluster');
const fs = require('node:fs');
const path = require('node:path');

const [redisUrl, example, workers] = process.argv.slice(2);

if (Number(workers) > 1 && cluster.isPrimary) {
  let listening = 0;
  cluster.on('listening', (_, address) => {
    listening += 1;
    if (listening === Number(workers)) announce(address.port);
  });
  for (let worker = 0; worker < Number(workers); worker++) cluster.fork();
} else {
  serve();
}

function announce(port) {
  fs.writeSync(1, `listening on http://127.0.0.1:${port}\n`);
}

async function serve() {
  const express = require('express');
  const compression = require('compression');
  const session = require('express-session');
  const { RedisStore } = require('connect-redis');
  const { createClient } = require('redis');
  const pino = require('pino');
  const pinoHttp = require('pino-http');
  const client = await createClient({ url: redisUrl }).connect();
  // In batches: by default each line is a write of its own that blocks.
  const logger = pino(pino.destination({ dest: 1, sync: false, minLength: 4096 }));

  const app = express();
  app.disable('x-powered-by');
  app.use(pinoHttp({ logger }));
  app.use(compression());
  app.use(express.json());
  app.use(session({
    store: new RedisStore({ client }),
    secret: '0123456789abcdef0123456789abcdef',
    name: 'sid',
    resave: false,
    saveUninitialized: false,
  }));
  routes(app);
  app.use((error, request, response, next) => {
    request.log.error(error);
    if (response.headersSent) return next(error);
    response.status(500).json({ status: 500 });
  });
  const server = app.listen(0, '127.0.0.1', () => {
    if (!cluster.isWorker) announce(server.address().port);
  });
  server.keepAliveTimeout = 600_000;
}

function routes(app) {
  const journal = journalPage();
  let calls = 0;
  app.get('/plain', (request, response) => response.type('text').send('Hello, World!'));
  app.get('/json', (request, response) => response.json(items.slice(0, Number(request.query.n))));
  app.get('/page', (request, response) => response.type('html').send(journal()));
  app.get('/cached/:id', inMemory(60_000, async (request) => {
    calls += 1;
    await new Promise((resolve) => setTimeout(resolve, 20));
    return JSON.stringify({ id: request.params.id, items: items.slice(0, 40) });
  }));
  app.get('/calls', (request, response) => response.type('text').send(String(calls)));
  app.get('/me', (request, response) => describe(request, response));
  app.post('/login', (request, response, next) => {
    request.session.regenerate((error) => {
      if (error) return next(error);
      request.session.user = request.body.user;
      describe(request, response);
    });
  });
}

// A cache as apps write it: the answer's text, for so long.
function inMemory(milliseconds, make) {
  const stored = new Map();
  return async (request, response) => {
    const now = Date.now();
    let entry = stored.get(request.originalUrl);
    if (entry === undefined || entry.until < now) {
      entry = { text: await make(request), until: now + milliseconds };
      stored.set(request.originalUrl, entry);
    }
    response.set('Cache-Control', 'public, max-age=60').type('json').send(entry.text);
  };
}

function describe(request, response) {
  let n = 0;
  for (let key = 0; key < 20; key++) {
    if (request.session[`k${key}`] !== undefined) n += 1;
  }
  response.set('Cache-Control', 'no-store').json({ n, user: request.session.user ?? null });
}

// The example's template, rendered for each request; escaped as minijinja does it.
function journalPage() {
  const nunjucks = require('nunjucks');
  const escapes = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;', "'": '&#x27;', '/': '&#x2f;' };
  require('nunjucks/src/lib').escape = (text) => text.replace(/[<>&"'/]/g, (found) => escapes[found]);
  // minijinja leaves the last line's end out.
  const source = fs.readFileSync(path.join(example, 'templates/journal.html'), 'utf8').replace(/\n$/, '');
  const template = new nunjucks.Template(source, new nunjucks.Environment(null, { autoescape: true }), 'journal.html', true);
  const json = fs.readFileSync(path.join(example, 'data/journal.json'), 'utf8');
  // As text, for a number of JavaScript does not know that it was 3.0.
  const data = JSON.parse(json.replace(/("\w+"): (\d+\.\d+)/g, '$1: "$2"'));
  return () => template.render(data);
}

// The items of the example, made once: handlers have only to write them.
const items = Array.from({ length: 3000 }, (_, index) => numbered(index + 1));

function numbered(id) {
  const first = ['Ann', 'Bashir', 'Chidi', 'Dagny', 'Emeka', 'Fumiko', 'Goran', 'Hana', 'Ivo', 'Jamila', 'Kofi', 'Lucia'];
  const last = ['Archer', 'Baker', 'Castellan', 'Dyer', 'Eriksen', 'Fletcher', 'Glover', 'Hooper', 'Ivanova', 'Joiner', 'Kumar'];
  const tags = ['amber', 'basil', 'coral', 'denim', 'ebony', 'flint', 'grape'];
  const mixed = BigInt.asUintN(64, BigInt(id) * 0x9e3779b97f4a7c15n);
  const pick = (shift, length) => Number((mixed >> BigInt(shift)) % BigInt(length));
  const name = first[pick(60, 12)];
  return {
    id,
    name: `${name} ${last[pick(50, 11)]}`,
    email: `${name.toLowerCase()}${id}@example.org`,
    score: (2 * pick(40, 5_000) + 1) / 100,
    active: pick(30, 3) !== 0,
    tag: tags[pick(20, 7)],
  };
}

// An Express app as there are many, told who the client is by the gateway.
const express = require('express');

const app = express();
app.set('trust proxy', 'loopback');

app.get('/', (req, res) => {
  res.set('Cache-Control', 'no-store');
  res.json({ app: process.env.NAME, ip: req.ip, protocol: req.protocol, host: req.hostname });
});

app.get('/page', (req, res) => {
  res.set('Cache-Control', 'max-age=0');
  res.send(`<p>${'All work and no play. '.repeat(200)}</p>`);
});

app.post('/echo', express.text({ type: '*/*' }), (req, res) => res.send(req.body));

app.get('/healthz', (req, res) => res.sendStatus(204));

const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));

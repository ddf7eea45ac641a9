// Renders of one template a second of processor time, by nunjucks:
// node template_nunjucks.js TEMPLATE CONTEXT SECONDS
const fs = require('fs');
const nunjucks = require('nunjucks');

// nunjucks has neither % nor Jinja2's format: this one does for %.2f.
const env = new nunjucks.Environment(null, {autoescape: true});
env.addFilter('format', (format, x) => format.replace('%.2f', x.toFixed(2)));
env.addTest('even', (x) => x % 2 === 0);
const template = nunjucks.compile(fs.readFileSync(process.argv[2], 'utf8'), env);
const context = JSON.parse(fs.readFileSync(process.argv[3], 'utf8'));
const start = process.cpuUsage();
let n = 0, spent = 0;
do {
  for (let i = 0; i < 100; i++) template.render(context);
  n += 100;
  const used = process.cpuUsage(start);
  spent = (used.user + used.system) / 1e6;
} while (spent < Number(process.argv[4]));
console.log(Math.round(n / spent));

import { createLiveEvents } from '../../server/console/events.ts';
import { createKeyRing } from '../../server/access/key-ring.ts';
import { createSessions, type SessionOptions } from '../../server/access/sessions.ts';
import { nothingSent } from '../../core/alerts/sent.ts';
import { safePath } from '../../console/forms.ts';
import { anAlert, anApproval, Scene } from '../console/fakes.ts';
import { aRow, aServer, aServingWorld, cleanUp, predict, until } from './fakes.ts';
import assert from 'node:assert/strict';
import { get } from 'node:http';
import { PassThrough } from 'node:stream';
import { pino } from 'pino';

const NOW = '2026-03-04T09:30:00.000Z';
const PAGE = { accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' };
const OWN = { ...PAGE, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' };

describe('the console', () => {
  afterEach(cleanUp);
  const open = async (scene = new Scene(), keys: string[] = [], sessionSecret?: string) => {
    const temporalUi = { url: 'http://127.0.0.1:8233', namespace: 'default' };
    return {
      scene,
      server: await aServer(aServingWorld(), { operations: scene.door(), temporalUi, keys, sessionSecret }),
    };
  };
  it('says which times are simulated and which are real, where a simulated clock runs', async () => {
    const textAt = async (url: string, simulated: boolean): Promise<string> => {
      const clock = { simulated, now: () => new Date(NOW), millisecondsUntil: () => 0 };
      const server = await aServer(aServingWorld(), { operations: new Scene().door(), clock });
      const { body } = await server.app.inject({ url, headers: PAGE });
      return body.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
    };
    for (const url of ['/', '/pipelines/fraud', '/alerts']) {
      assert.match(
        await textAt(url, true),
        /Times are simulated, except those of runs, schedules, messages, keys and what people did\./,
      );
      assert.doesNotMatch(await textAt(url, false), /simulated, except|real time/);
    }
    const page = await textAt('/pipelines/fraud', true);
    for (const told of ['09:30 by the simulated clock', 'Started real time', 'Last real time'])
      assert.ok(page.includes(told), told);
  });

  const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();

  it('is a page for a browser and JSON for a program at the same address', async () => {
    const { server } = await open();
    const page = await server.app.inject({ url: '/', headers: PAGE });
    assert.match(String(page.headers['content-type']), /text\/html/);
    assert.match(page.body, /<title>Pipelines - Perennial/);
    const facts = (await server.app.inject('/')).json();
    assert.equal(facts.perennial, 'prediction server');
    assert.equal(facts.pipelines[0].predict, '/predict/fraud');
    assert.deepEqual(facts.needs, { alerts: 1, approvals: 0 });
    assert.equal((await server.app.inject('/pipelines/fraud')).json().champion.version, 4);
    assert.equal(
      (await server.app.inject({ url: '/', headers: { accept: 'application/json, text/html;q=0.5' } })).json().ready,
      true,
    );
  });

  it('has a page with the way back for an address that is not there, and JSON for a program', async () => {
    const { server } = await open();
    const ask = (url: string, method: 'GET' | 'POST' = 'GET') => server.app.inject({ method, url, headers: PAGE });
    const page = await ask('/pipeline/fraud?x=<b>');
    assert.equal(page.statusCode, 404);
    assert.match(String(page.headers['content-type']), /text\/html/);
    assert.match(String(page.headers['content-security-policy']), /default-src 'none'/);
    assert.match(page.body, /<h1>Not found<\/h1>[^]*There is no page \/pipeline\/fraud\./);
    assert.match(page.body, /<a href="\/">All pipelines<\/a>/);
    const posted = await ask('/predict/fraud');
    assert.deepEqual([posted.statusCode, posted.headers['allow']], [405, 'POST']);
    assert.match(posted.body, /<h1>Not found<\/h1>[^]*it takes POST/);
    for (const program of [await server.app.inject('/pipeline/fraud'), await ask('/pipeline/fraud', 'POST')]) {
      assert.equal(program.statusCode, 404);
      assert.match(program.json().error.message, /GET \/openapi\.json lists what there is/);
    }
    const { server: locked } = await open(new Scene(), ['a-key-that-is-long-enough']);
    const away = await locked.app.inject({ url: '/nothing', headers: PAGE });
    assert.deepEqual([away.statusCode, away.headers['location']], [303, '/login?next=%2Fnothing']);
    assert.equal((await locked.app.inject('/nothing')).statusCode, 401);
  });

  it('begins with the pipelines that need attention, and shows a page of what they need', async () => {
    const { scene, server } = await open();
    scene.applied = Array.from({ length: 120 }, (_, i) => `p${String(i).padStart(3, '0')}`);
    scene.approvals = [{ ...anApproval(), pipeline: 'p110' }];
    scene.alerts = Array.from({ length: 30 }, (_, i) => anAlert({ id: `a${i}`, pipeline: 'p070' }));
    const facts = (await server.app.inject('/')).json() as { pipelines: { name: string }[] };
    assert.deepEqual(facts.pipelines.slice(0, 4).map(({ name }) => name), ['p070', 'p110', 'fraud', 'p000']); // prettier-ignore
    const { body } = await server.app.inject({ url: '/', headers: PAGE });
    assert.equal(body.match(/<li class="(critical|warning)">/g)?.length, 20);
    assert.match(body, /<a href="\/alerts">11 more<\/a>/);
  });

  it('shows what serves, how good it is, what drifts, what runs and what needs attention', async () => {
    const { scene, server } = await open();
    scene.approvals = [anApproval()];
    const { body } = await server.app.inject({ url: '/pipelines/fraud', headers: PAGE });
    for (const said of [
      /v5<\/a>\s*waits for a person/,
      /fraud<\/a>\s*drifts severely: &lt;b&gt;amount/, // data is never markup
      /trainCandidate \(attempt 2\): epoch 3 of 8, loss 0\.120; before: the worker was lost/,
      /http:\/\/127\.0\.0\.1:8233\/namespaces\/default\/workflows\/fraud%2Ftraining%2F2026-03-04T09%3A00Z-3fa9c1\/run-id-1\/history/,
      /average precision at 48 moments/,
      /12 columns over 48 checks\. In the latest check: /,
      /actions\/promote\?pipeline=fraud&amp;version=3/,
      /actions\/pause\?pipeline=fraud&amp;loop=monitoring/,
      /reports\/quality\/91c0de55aa01f3b7/,
    ])
      assert.ok(said.test(body), `the page lacks ${said}`);
    assert.doesNotMatch(body, / style=|<style|<script>|onclick/);
  });

  it('shows what a version was trained on, and why not natively', async () => {
    const { server } = await open();
    const { body } = await server.app.inject({ url: '/pipelines/fraud/versions/4', headers: PAGE });
    assert.match(body, />wasm<\/td>/);
    assert.match(body, /Not on TF\.js.s native backend: it is not on this machine\./);
  });

  it('answers unknown pipelines and versions with an explanation and 404, as a page or as JSON', async () => {
    const { server } = await open();
    const page = await server.app.inject({ url: '/pipelines/fruad', headers: PAGE });
    assert.equal(page.statusCode, 404);
    assert.match(page.body, /No pipeline &quot;fruad&quot; is applied/);
    const version = await server.app.inject('/pipelines/fraud/versions/9');
    assert.deepEqual([version.statusCode, version.json().error.code], [404, 'MODEL_UNKNOWN']);
    assert.equal((await server.app.inject('/pipelines/fraud/versions/..%2f1')).statusCode, 404);
  });

  it('says what an action will do, does it once confirmed, and reports it on the next page only', async () => {
    const { scene, server } = await open();
    const url = '/actions/promote?pipeline=fraud&version=3';
    const asked = await server.app.inject({ url, headers: PAGE });
    assert.match(asked.body, /Gives v3 all traffic of fraud immediately/);
    assert.deepEqual(scene.done, []);

    const payload = form({ pipeline: 'fraud', version: '3', reason: 'v4 is wrong about Sundays' });
    const done = await server.app.inject({ method: 'POST', url: '/actions/promote', headers: OWN, payload });
    assert.deepEqual([done.statusCode, done.headers['location']], [303, '/pipelines/fraud']);
    const given = { pipeline: 'fraud', version: 3, reason: 'v4 is wrong about Sundays' };
    assert.deepEqual(scene.done, [{ what: 'promote', given, by: 'console' }]);

    const cookie = String(done.headers['set-cookie']).split(';')[0]!;
    const next = await server.app.inject({ url: '/pipelines/fraud', headers: { ...PAGE, cookie } });
    assert.match(next.body, /v3 now serves fraud \(generation 3\)/);
    assert.match(String(next.headers['set-cookie']), /perennial_flash=; .*Max-Age=0/);
  });

  it('acts on the version that was shown, since another may have replaced it meanwhile', async () => {
    const { scene, server } = await open();
    const post = (action: string, payload: string) =>
      server.app.inject({ method: 'POST', url: `/actions/${action}`, headers: OWN, payload });
    await post('roll-back', form({ pipeline: 'fraud', version: '3', reason: 'worse' }));
    await post('approve', form({ pipeline: 'fraud', version: '5', reason: 'fine' }));
    const approved = { pipeline: 'fraud', version: 5, approve: true, reason: 'fine' };
    assert.deepEqual(scene.done, [{ what: 'rollBack', given: 3, by: 'console' }, { what: 'decide', given: approved, by: 'console' }]); // prettier-ignore
  });

  it('shows why an action was refused', async () => {
    const { scene, server } = await open();
    const post = (action: string, fields: Record<string, string>) =>
      server.app.inject({ method: 'POST', url: `/actions/${action}`, headers: OWN, payload: form(fields) });
    const late = await post('roll-back', { pipeline: 'fraud', reason: 'worse' });
    assert.equal(late.statusCode, 409);
    assert.match(late.body, /fraud has no earlier champion: v4 is its first/);
    const empty = await post('promote', { pipeline: 'fraud', version: '3', reason: ' ' });
    assert.equal(empty.statusCode, 400);
    assert.match(empty.body, /Nothing was changed\. reason: give a reason/);
    assert.equal((await post('nothing', {})).statusCode, 400);
    assert.deepEqual(scene.done, []);
  });

  it('lets a program do the same with JSON', async () => {
    const { scene, server } = await open();
    const done = await server.app.inject({
      method: 'POST',
      url: '/actions/silence',
      payload: { alert: 'a1', hours: 8, note: 'a release' },
    });
    assert.match(done.json().done, /^Silenced for 8 hours/);
    const given = ['a1', '2026-03-04T17:30:00.000Z', 'a release'];
    assert.deepEqual(scene.done, [{ what: 'silence', given, by: 'api' }]);
  });

  it('takes an alert on, and lists what an alert explains under it', async () => {
    const { scene, server } = await open();
    scene.alerts = [
      anAlert({ id: 's', kind: 'source-unreachable', summary: 'fraud: its source cannot be reached' }),
      anAlert({ id: 'd', kind: 'data-failed', summary: 'fraud: the data loop failed', under: 's' }),
      anAlert({ id: 'k', summary: 'fraud: drift', acknowledgedBy: 'ada', heldUntil: '2026-03-04T22:00:00.000Z' }),
    ];
    const { body } = await server.app.inject({ url: '/alerts', headers: OWN });
    assert.match(body, /its source cannot be reached.*Because of it:.*the data loop failed/s);
    assert.match(body, /acknowledged by ada.*sent after quiet hours/s);
    const buttons = [...body.matchAll(/actions\/acknowledge\?alert=(\w+)/g)].map(([, id]) => id);
    assert.deepEqual(buttons, ['s'], 'one for each that nobody has taken on');
    const done = await server.app.inject({ method: 'POST', url: '/actions/acknowledge', payload: { alert: 's' } });
    assert.match(done.json().done, /^Acknowledged by ada/);
    assert.deepEqual(scene.done, [{ what: 'acknowledge', given: ['s', undefined], by: 'api' }]);
  });

  it('shows the words of an alert with their lines, and commands as code', async () => {
    const { scene, server } = await open();
    const detail = 'amount: <PSI> 0.78\n  and 2 more\nTake one: perennial run fraud data\nThen: perennial report fraud. It shows more';
    scene.alerts = [anAlert({ detail })];
    for (const url of ['/alerts', '/alerts/a1']) {
      const { body } = await server.app.inject({ url, headers: OWN });
      const [, shown] = /<p class="detail">(.*?)<\/p>/s.exec(body)!;
      assert.equal(
        shown,
        'amount: &lt;PSI&gt; 0.78\n  and 2 more\nTake one: <code>perennial run fraud data</code>\nThen: <code>perennial report fraud</code>. It shows more',
      );
    }
  }); // prettier-ignore

  it('shows of an alert who was told, what failed, and what people did', async () => {
    const { scene, server } = await open();
    const unsent = { channel: 'slack', target: 'NO_SUCH_SLACK', attempts: 7, error: 'NO_SUCH_SLACK is not set', givenUp: false } as const; // prettier-ignore
    scene.alerts = [anAlert({ sent: { ...nothingSent, failing: [unsent] } })];
    assert.match((await server.app.inject({ url: '/alerts', headers: OWN })).body, /not sent: Slack \(NO_SUCH_SLACK\)/);
    const of = { telling: 'opened', severity: 'critical', createdAt: NOW, deliveredAt: null, givenUpAt: null } as const;
    scene.alertStory.messages = [{ id: 'm', ...of, ...unsent, lastError: unsent.error }];
    scene.alertStory.done = [{ at: NOW, by: 'ben', what: 'silenced', until: null, reason: 'a <test>' }];
    const { body } = await server.app.inject({ url: '/alerts/a1', headers: OWN });
    assert.match(body, /not sent<\/span>\s+NO_SUCH_SLACK is not set; tried 7 times/);
    assert.match(body, /silenced by\s+ben: a &lt;test&gt;/);
    assert.equal((await server.app.inject({ url: '/alerts/zz', headers: OWN })).statusCode, 404);
  });

  it('says on the page of a pipeline who gets its alerts, and what a server lacks to reach them', async () => {
    const { scene, server } = await open();
    const page = async () => (await server.app.inject({ url: '/pipelines/fraud', headers: OWN })).body;
    scene.recipients = [{ channel: 'slack', target: 'FRAUD_SLACK', declared: true, lacks: 'FRAUD_SLACK is not set on s1' }]; // prettier-ignore
    assert.match(
      await page(),
      /Alerts go to.*Slack \(FRAUD_SLACK\)\s+<span class="badge bad">. FRAUD_SLACK is not set on s1/s,
    );
  });

  it('asks about an alert by its pipeline, words and severity, and says what is like it', async () => {
    const { scene, server } = await open();
    scene.alerts = [anAlert({ summary: 'fraud drifts severely' })];
    for (const action of ['acknowledge', 'resolve', 'silence']) {
      const { body } = await server.app.inject({ url: `/actions/${action}?alert=a1`, headers: OWN });
      assert.match(body, /<h1>\w+: fraud drifts severely<\/h1>.*critical.*name="note"\s+value=""\s+maxlength/s, action);
      assert.equal(body.includes('Others like it: later alerts of the kind drift of fraud.'), action === 'silence');
    }
    assert.equal((await server.app.inject({ url: '/actions/silence?alert=zz', headers: OWN })).statusCode, 404);
  });

  it('names the pipeline of a resolved alert once, and no resolver where nobody resolved it', async () => {
    const { scene, server } = await open();
    const ended = { severity: 'info', resolvedAt: '2026-03-04T10:00:00.000Z', resolvedBy: 'itself' } as const;
    scene.alerts = [anAlert({ ...ended, kind: 'promoted', summary: 'fraud: v3 serves now' })];
    const { body } = await server.app.inject({ url: '/alerts', headers: OWN });
    assert.match(body, />fraud<\/a>: v3 serves now/);
    assert.doesNotMatch(body, /itself/);
  });

  it('does nothing that another site asks for', async () => {
    const { scene, server } = await open();
    const payload = form({ pipeline: 'fraud', reason: 'mine' });
    for (const headers of [
      { ...OWN, 'sec-fetch-site': 'cross-site' },
      { ...OWN, 'sec-fetch-site': 'same-site' },
      { 'content-type': OWN['content-type'], origin: 'http://evil.example', host: 'localhost' },
      { 'content-type': OWN['content-type'], origin: 'null', host: 'localhost' },
    ])
      assert.equal(
        (await server.app.inject({ method: 'POST', url: '/actions/retrain', headers, payload })).statusCode,
        400,
      );
    assert.deepEqual(scene.done, []);
    const headers = { 'content-type': OWN['content-type'], origin: 'http://localhost', host: 'localhost' };
    await server.app.inject({ method: 'POST', url: '/actions/retrain', headers, payload });
    assert.equal(scene.done.length, 1);
  });

  it('asks a browser for a key once, and never gives a session more rights than it has', async () => {
    const secret = 'of this server, and nobody else has it';
    const { server } = await open(new Scene(), ['first', 'second'], secret);
    const sent = await server.app.inject({ url: '/pipelines/fraud', headers: PAGE });
    assert.deepEqual([sent.statusCode, sent.headers['location']], [303, '/login?next=%2Fpipelines%2Ffraud']);
    assert.equal((await server.app.inject('/')).statusCode, 401);
    const login = (key: string) =>
      server.app.inject({
        method: 'POST',
        url: '/login',
        headers: OWN,
        payload: form({ key, next: '//evil.example' }),
      });
    assert.equal((await login('third')).statusCode, 401);
    const opened = await login('second');
    assert.equal(opened.headers['location'], '/');
    const set = String(opened.headers['set-cookie']);
    assert.match(set, /HttpOnly; SameSite=Strict/);
    assert.doesNotMatch(set, /second/);
    const cookie = set.split(';')[0]!;
    assert.equal((await server.app.inject({ url: '/', headers: { ...PAGE, cookie } })).statusCode, 200);
    assert.equal((await server.app.inject({ url: '/', headers: { authorization: 'Bearer first' } })).statusCode, 200);
    // From another site's page a session is worth nothing, on the road of predictions too.
    const headers = { cookie, 'sec-fetch-site': 'cross-site' };
    assert.equal(
      (await server.app.inject({ method: 'POST', url: '/predict/fraud', headers, payload: aRow() })).statusCode,
      401,
    );
    for (const forged of [
      cookie.replace(/\.([^.])([^.]*)$/, (_, first, rest) => (first === 'A' ? '.B' : '.A') + rest),
      'perennial_session=9999999999999.',
      'perennial_session=x',
    ])
      assert.equal((await server.app.inject({ url: '/alerts', headers: { cookie: forged } })).statusCode, 401);
    const [value] = [cookie.split('=')[1]!];
    const asked = { headers: { cookie: `perennial_session=${value}` } } as never;
    const isOpen = (keys: string[], ...others: [secret: string, options?: SessionOptions]) =>
      createSessions(createKeyRing({ set: keys }), ...others).callerOf(asked) !== null;
    assert.equal(isOpen(['second'], secret), true);
    assert.equal(isOpen(['second'], 'of another server'), false, 'its signature takes the secret');
    assert.equal(isOpen(['first'], secret), false, 'its key was taken away');
    assert.equal(isOpen(['second'], secret, { now: () => Date.now() + 13 * 3_600_000 }), false, 'it has ended');
  });

  it('leads to no other site after the login', () => {
    assert.deepEqual(
      ['/pipelines/fraud?a=b', '//evil.example', '/\\evil.example', 'https://evil.example', '/\r\nx'].map(safePath),
      ['/pipelines/fraud?a=b', '/', '/', '/', '/'],
    );
  });

  it('shows a stored report in a frame that can do nothing', async () => {
    const { server } = await open();
    const report = await server.app.inject({ url: '/pipelines/fraud/reports/drift/check-0', headers: PAGE });
    assert.match(report.body, /<!doctype html>/);
    assert.match(String(report.headers['content-security-policy']), /^sandbox; default-src 'none'/);
    const card = await server.app.inject('/pipelines/fraud/reports/models/v3.json');
    assert.match(card.headers['content-type'] as string, /application\/json/);
    assert.deepEqual(card.json(), { schema_version: '0.0.2' });
    assert.equal((await server.app.inject('/pipelines/fraud/reports/passwords/x')).statusCode, 400);
  });

  it('shows what is unknown with Postgres and Temporal down, while predictions continue', async () => {
    const { scene, server } = await open();
    scene.databaseUp = scene.temporalUp = false;
    for (const url of ['/', '/pipelines/fraud', '/alerts']) {
      const { statusCode, body } = await server.app.inject({ url, headers: PAGE });
      assert.equal(statusCode, 200, url);
      assert.match(body, /unknown<\/span> [^<]*: connect ECONNREFUSED/);
    }
    const home = await server.app.inject({ url: '/', headers: PAGE });
    assert.match(home.body, /fraud<\/a>[\s\S]*v1/, 'what this server answers with is known anyway');
    assert.equal((await predict(server, aRow())).status, 200);
  });

  it('does not wait for a service that does not answer, and calls it once', async () => {
    const { scene, server } = await open();
    scene.hangs = true;
    const [page] = await Promise.all([1, 2, 3].map(() => server.app.inject({ url: '/alerts', headers: PAGE })));
    assert.match(page!.body, /did not end within 2000 ms/);
    assert.equal(scene.reads, 3, 'open alerts, all alerts, approvals: once each for three pages');
  });

  it('sends changes to every listener, and disconnects them when it stops', async () => {
    const { scene, server } = await open();
    const address = await server.app.listen({ host: '127.0.0.1', port: 0 });
    let heard = '';
    let ended = false;
    const listener = get(new URL('/events?page=/pipelines/fraud', address), (response) => {
      response.setEncoding('utf8').on('data', (text: string) => (heard += text));
      response.on('end', () => (ended = true));
    });
    listener.on('error', () => undefined);
    const all = ['"id":"runs"', 'loss 0.120', '"id":"versions"'];
    await until(() => all.every((words) => heard.includes(words)), 'the sections as they are');
    heard = '';
    scene.loss = 0.09;
    await until(() => heard.includes('loss 0.090'), 'the section that changed');
    assert.doesNotMatch(heard, /"id":"versions"/, 'and only that');
    scene.alerts = [anAlert({ summary: 'another' })];
    await until(() => heard.includes('another'), 'another section');
    await server.app.close();
    await until(() => ended, 'the end of the stream');
  });

  it('renders no page without a listener, and each page once for all listeners', async () => {
    let made = 0;
    const page = async () => (made++, { title: '', crumbs: [], facts: null, sections: [] });
    const events = createLiveEvents(page, { log: pino({ level: 'silent' }), everyMs: 3_600_000, most: 2 });
    await events.look();
    assert.equal(made, 0);
    const written: string[] = [];
    const listener = () => {
      const raw = Object.assign(new PassThrough(), { setHeader: () => undefined, writeHead: () => undefined });
      raw.on('data', (text: Buffer) => written.push(text.toString()));
      return { raw, hijack: () => undefined, getHeaders: () => ({}) } as never;
    };
    for (let i = 0; i < 3; i++) events.listen('/', listener(), () => true);
    assert.equal(events.listeners(), 2, 'more are turned away');
    await until(() => written.join('').includes('event: full'), 'the word that it is full');
    await events.look();
    assert.equal(made, 1);
    events.close();
    assert.equal(events.listeners(), 0);
  });

  it('says so when it is off, and stays JSON for programs', async () => {
    const server = await aServer(aServingWorld());
    assert.match((await server.app.inject({ url: '/', headers: PAGE })).body, /only answers predictions/);
    assert.equal((await server.app.inject('/')).json().ready, true);
  });
});

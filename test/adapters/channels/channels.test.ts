import { signature } from '../../../adapters/channels/webhook.ts';
import { wordsOfDirect } from '../../../core/alerts/direct-words.ts';
import { type ChannelName } from '../../../core/channels/index.ts';
import { type Message } from '../../../core/channels/channel.ts';
import { aMessage, channelsOn } from '../../support/outside/channels.ts';
import { say, scriptedApi, type ScriptedApi } from '../../support/outside/http-api.ts';
import { openMailbox } from '../../support/outside/mailbox.ts';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';

interface Post {
  headers: Record<string, string>;
  raw: string;
  body: unknown;
}

describe('the channels of alerts', () => {
  let api: ScriptedApi;
  let posts: Post[];
  let status: number;
  before(async () => {
    api = await scriptedApi(async (_query, response, request) => {
      let raw = '';
      for await (const chunk of request) raw += String(chunk);
      posts.push({ headers: request.headers as Record<string, string>, raw, body: JSON.parse(raw) });
      say(response, status, 'invalid key: very-secret');
    });
  });
  after(() => api.close());
  beforeEach(() => void ([posts, status] = [[], 200]));

  const secret = 'a-secret-of-both-sides';
  const send = async (channel: ChannelName, changes: Partial<Message> = {}): Promise<Post> => {
    const environment = { HOOK: `${api.url}/very-secret`, HOOK_SECRET: secret, KEY: 'very-secret-key' };
    await channelsOn(environment, { pagerdutyUrl: api.url })[channel].send(aMessage(changes));
    return posts.at(-1)!;
  };

  it('mail text and small HTML without images, in which nothing of the text is markup', async () => {
    const mailbox = await openMailbox();
    const outside = { smtpUrl: mailbox.url, publicUrl: 'https://perennial.test' };
    await channelsOn({}, outside).email.send(aMessage({ target: 'ada@example.com' }));
    const [mail] = mailbox.mails;
    await mailbox.close();
    assert.match(mail!.header('Content-Type')!, /^multipart\/alternative/);
    assert.match(
      mail!.text,
      /^fraud: drift in 20 % of the columns\n\nThese moved: <amount> & \*shop\*\.\n {2}and 4 more/,
    );
    assert.match(mail!.text, /\n\nIn the console: https:\/\/perennial\.test\/alerts\/a1\s*$/);
    assert.match(mail!.html!, /<h1[^>]*>fraud: drift in 20 % of the columns<\/h1>/);
    assert.match(mail!.html!, /These moved: &lt;amount&gt; &amp; \*shop\*\.<\/p>\n<ul[^>]*><li>and 4 more<\/li><\/ul>/);
    assert.doesNotMatch(mail!.html!, /<img|<script|<link|href=|url\(/);
  });

  it('say once what a mail server answers', async () => {
    const full = createServer((socket) => socket.end('421 4.3.2 Service not available\r\n'));
    await new Promise<void>((listening) => full.listen(0, '127.0.0.1', listening));
    const smtpUrl = `smtp://127.0.0.1:${(full.address() as AddressInfo).port}`;
    await assert.rejects(channelsOn({}, { smtpUrl }).email.send(aMessage({ target: 'ada@example.com' })), {
      message: 'Invalid greeting: 421 4.3.2 Service not available',
    });
    full.close();
  });

  it('mail the tables of a report, for people alone', async () => {
    const mailbox = await openMailbox();
    const figures = [{ caption: 'What moved', head: ['Column', 'Nulls'], rows: [['<amount>', '0 % \u2192 9 %']] }];
    const facts = { ...aMessage().facts!, figures };
    await channelsOn({}, { smtpUrl: mailbox.url }).email.send(aMessage({ target: 'ada@example.com', facts }));
    const [mail] = mailbox.mails;
    await mailbox.close();
    assert.match(mail!.html!, /<h2[^>]*>What moved<\/h2>\s*<table[^>]*>\s*<tr><th[^>]*>Column<\/th>/);
    assert.match(mail!.html!, /<td[^>]*>&lt;amount&gt;<\/td><td[^>]*>0 % \u2192 9 %<\/td><\/tr>/);
    assert.doesNotMatch(mail!.text, /What moved/);
    assert.deepEqual((await send('webhook', { target: 'HOOK/HOOK_SECRET', facts })).body, {
      ...((await send('webhook', { target: 'HOOK/HOOK_SECRET' })).body as object),
    });
  });

  it('post blocks to Slack, and the whole text for programs that take its format without blocks', async () => {
    const { body } = await send('slack', { severity: 'critical' });
    const { text, blocks } = body as { text: string; blocks: { type: string; text: { text: string } }[] };
    assert.match(
      text,
      /^\*\[perennial warning\] fraud: drift.*\*\nfraud: drift.*\n\nThese moved: &lt;amount&gt; &amp;/,
    );
    assert.deepEqual(
      blocks.map(({ type, text: each }) => [type, each.text]),
      [
        ['header', ':red_circle: fraud: drift in 20 % of the columns'],
        ['section', 'These moved: &lt;amount&gt; &amp; *shop*.\n  and 4 more'],
        ['section', 'Seen at 2026-03-01T02:00Z.'],
      ],
    );
  });

  it('keep within what Slack takes, without cutting an escaped character in half', async () => {
    const { body } = await send('slack', { subject: `[perennial ok] ${'x'.repeat(400)}`, text: '&'.repeat(2_000) });
    const [header, section] = (body as { blocks: { text: { text: string } }[] }).blocks;
    assert.equal(header!.text.text.length, 150);
    assert.ok(section!.text.text.length <= 3_000);
    assert.match(section!.text.text, /&amp;…$/);
  });

  it('post an adaptive card to Teams, whose texts are no Markdown', async () => {
    const { body } = await send('teams', { telling: 'resolved' });
    const { type, attachments } = body as { type: string; attachments: { contentType: string; content: Card }[] };
    assert.deepEqual([type, attachments[0]!.contentType], ['message', 'application/vnd.microsoft.card.adaptive']);
    const { content } = attachments[0]!;
    const runs = content.body.map((block) => block.inlines[0]!);
    assert.deepEqual([content.type, content.version, runs[0]!.color], ['AdaptiveCard', '1.4', 'Good']);
    assert.ok(runs.every((run) => run.type === 'TextRun'));
    assert.deepEqual(
      runs.map(({ text }) => text),
      [
        'fraud: drift in 20 % of the columns',
        'These moved: <amount> & *shop*.',
        '  and 4 more',
        'Seen at 2026-03-01T02:00Z.',
      ],
    );
  });

  describe('by a signed web hook', () => {
    const webhook = (changes: Partial<Message> = {}) => send('webhook', { target: 'HOOK/HOOK_SECRET', ...changes });

    it('are verified by the example in the guide, and neither changed, nor late, nor signed by another', async () => {
      const guide = await readFile('docs/guide-operator.md', 'utf8');
      const code = /```js\n(import \{ createHmac.*?)```/s.exec(guide)![1]!;
      const { isGenuine } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
        isGenuine(headers: Record<string, string>, body: string, secret: string): boolean;
      };
      const { headers, raw } = await webhook();
      assert.equal(isGenuine(headers, raw, secret), true);
      assert.equal(isGenuine(headers, raw.replace('warning', 'nothing'), secret), false);
      assert.equal(isGenuine(headers, raw, 'another-secret'), false);
      const late: Post['headers'] = {
        ...headers,
        'webhook-timestamp': String(Number(headers['webhook-timestamp']) - 400),
      };
      const signed = signature(secret, `${late['webhook-id']}.${late['webhook-timestamp']}.${raw}`);
      assert.equal(isGenuine({ ...late, 'webhook-signature': `v1,${signed}` }, raw, secret), false);
    });

    it('carry the alert for a program, with the id by which it knows a message that comes twice', async () => {
      const { headers, body } = await webhook();
      const message = aMessage();
      assert.equal(headers['webhook-id'], 'd1');
      assert.deepEqual(body, {
        id: 'd1',
        telling: 'opened',
        severity: 'warning',
        alert: { id: 'a1', ...message.facts },
        subject: message.subject,
        text: message.text,
      });
      assert.equal(((await webhook({ alert: null, facts: null, telling: 'digest' })).body as { alert: null }).alert, null); // prettier-ignore
    });
  });

  it('open, acknowledge and resolve one incident of PagerDuty for an alert', async () => {
    const tellings = ['opened', 'still', 'escalated', 'acknowledged', 'resolved'] as const;
    for (const telling of tellings) await send('pagerduty', { target: 'KEY', telling, severity: 'critical' });
    const events = posts.map(({ body }) => body as PagerDutyEvent);
    assert.deepEqual(
      events.map(({ event_action: action }) => action),
      ['resolve', 'trigger', 'trigger', 'trigger', 'acknowledge', 'resolve'],
    );
    assert.ok(events.every((event) => event.dedup_key === 'drift/fraud' && event.routing_key === 'very-secret-key'));
    const { summary, source, severity } = events[1]!.payload!;
    assert.deepEqual([summary, source, severity], ['fraud: drift in 20 % of the columns', 'fraud', 'critical']);
  });

  it('page again by PagerDuty when an alert opens, becomes worse or asks again: in an open incident that would be a note', async () => {
    const facts = aMessage().facts!;
    await send('pagerduty', { target: 'KEY', telling: 'worse', severity: 'critical' });
    await send('pagerduty', { target: 'KEY', telling: 'opened', facts: { ...facts, times: 2 } });
    await send('pagerduty', { target: 'KEY', telling: 'opened' }); // the end of an earlier alert may wait for the morning
    const events = posts.map(({ body }) => body as PagerDutyEvent);
    assert.deepEqual(events.map(({ event_action: action }) => action), ['resolve', 'trigger', 'resolve', 'trigger', 'resolve', 'trigger']); // prettier-ignore
    assert.ok(events.every(({ dedup_key: key }) => key === 'drift/fraud'));
  });

  it("link an incident of PagerDuty to the console's page about it", async () => {
    const outside = { pagerdutyUrl: api.url, publicUrl: 'https://perennial.test' };
    await channelsOn({ KEY: 'very-secret-key' }, outside).pagerduty.send(aMessage({ target: 'KEY' }));
    assert.equal((posts[1]!.body as PagerDutyEvent).client_url, 'https://perennial.test/alerts/a1');
  });

  it('page once by PagerDuty for an outage of the database, which each server tells of, and the alert once it is over', async () => {
    const from = '2026-03-01T02:00:00.000Z';
    const direct = (seconds: number) => ({ ...wordsOfDirect(from, seconds), target: 'KEY' });
    for (const message of [direct(60), direct(64)]) await send('pagerduty', message);
    const facts = direct(600).facts;
    for (const telling of ['opened', 'resolved'] as const)
      await send('pagerduty', { target: 'KEY', telling, severity: 'critical', facts });
    const events = posts.map(({ body }) => body as PagerDutyEvent);
    assert.deepEqual(
      events.map(({ event_action: action }) => action),
      ['trigger', 'trigger', 'trigger', 'resolve'],
    );
    assert.ok(events.every(({ dedup_key: key }) => key === 'database-gone'));
  });

  it("link Slack and Teams to the console's page about the alert, in a way that both make a link of", async () => {
    const linked = channelsOn({ HOOK: `${api.url}/very-secret` }, { publicUrl: 'https://perennial.test' });
    await linked.slack.send(aMessage());
    const { text, blocks } = posts[0]!.body as { text: string; blocks: { text: { text: string } }[] };
    const link = '<https://perennial.test/alerts/a1|Open in the console>';
    assert.ok(text.endsWith(`\n\n${link}`));
    assert.equal(blocks.at(-1)!.text.text, link);
    await linked.teams.send(aMessage());
    const { attachments } = posts[1]!.body as { attachments: { content: { actions: unknown } }[] };
    assert.deepEqual(attachments[0]!.content.actions, [
      { type: 'Action.OpenUrl', title: 'Open in the console', url: 'https://perennial.test/alerts/a1' },
    ]);
    await linked.slack.send(aMessage({ alert: null, facts: null, telling: 'digest' }));
    assert.match(JSON.stringify(posts[2]!.body), /https:\/\/perennial\.test\/alerts\|Open/);
  });

  it('fail with who refused, and without the secret or anything of the answer', async () => {
    status = 400;
    for (const [channel, target, says] of [
      ['teams', 'HOOK', /^the web hook of HOOK answered 400 Bad Request/],
      ['webhook', 'HOOK/HOOK_SECRET', /^the web hook of HOOK answered 400 Bad Request/],
      ['pagerduty', 'KEY', /^PagerDuty for KEY answered 400 Bad Request/],
    ] as const)
      await assert.rejects(send(channel, { target }), ({ message }: Error) => {
        assert.match(message, says);
        assert.doesNotMatch(message, /very-secret/);
        return true;
      });
  });

  it('fail with the variable to set when a secret is missing', async () => {
    await assert.rejects(
      send('pagerduty', { target: 'NO_KEY' }),
      /The variable NO_KEY is not set where the server runs/,
    );
    await assert.rejects(send('webhook', { target: 'HOOK/NO_SECRET' }), /NO_SECRET is not set .* cannot be signed/);
    assert.deepEqual(posts, []);
  });
});

interface Card {
  type: string;
  version: string;
  body: { inlines: { type: string; text: string; color?: string }[] }[];
}
interface PagerDutyEvent {
  routing_key: string;
  event_action: string;
  client_url?: string;
  dedup_key: string;
  payload?: { summary: string; source: string; severity: string };
}

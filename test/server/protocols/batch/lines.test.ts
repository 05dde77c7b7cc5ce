import { usualConnections } from '../../../../server/protocols/limits/connections.ts';
import { aRow, aServer, aServingWorld, cleanUp } from '../../fakes.ts';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { mock } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';

describe('a batch of lines', () => {
  afterEach(cleanUp);

  const scene = async () => {
    const world = aServingWorld();
    const server = await aServer(world);
    const send = async (payload: string, type = 'application/x-ndjson', pipeline = 'fraud') => {
      const url = `/predict/batch/${pipeline}`;
      return server.app.inject({ method: 'POST', url, headers: { 'content-type': type }, payload });
    };
    return { world, server, send };
  };
  const parsed = (body: string): Record<string, unknown>[] =>
    body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it('is answered line by line, and every prediction is kept', async () => {
    const { world, server, send } = await scene();
    const rows = Array.from({ length: 2_500 }, (_, i) => JSON.stringify(aRow({ amount: i % 7 })));
    const answers = parsed((await send(rows.join('\n'))).body);
    assert.deepEqual(answers.map(({ line }) => line), rows.map((_row, i) => i + 1)); // prettier-ignore
    assert.ok(answers.every(({ score, version }) => typeof score === 'number' && version === 1));
    await server.shipper.ship();
    assert.deepEqual([...world.logged.keys()].sort(), answers.map(({ id }) => String(id)).sort());
  });

  it('has an answer for each right row beside the error of each wrong one', async () => {
    const { send } = await scene();
    const [good, deep] = [JSON.stringify(aRow()), '['.repeat(5_000)];
    const lines = [
      good,
      '{"amount":',
      '',
      JSON.stringify(aRow({ amount: 'x' })),
      '{"__proto__": 1}',
      deep,
      'null',
      good,
    ];
    const { statusCode, body } = await send(lines.join('\r\n'));
    assert.equal(statusCode, 200);
    const answers = parsed(body);
    assert.deepEqual(new Set(answers.map(({ line }) => line)), new Set([1, 2, 4, 5, 6, 7, 8]));
    const errorOf = (line: number) => answers.find((answer) => answer['line'] === line)!['error'];
    assert.deepEqual([errorOf(1), errorOf(8)], [undefined, undefined]);
    assert.match(String(errorOf(2)), /not JSON/);
    assert.match(String(errorOf(4)), /amount.* is "x"; send a finite number/);
    assert.match(String(errorOf(5)), /is missing/);
    assert.match(String(errorOf(6)), /nested more than/);
  });

  it('may take longer to arrive than other requests, as long as something arrives', async () => {
    const limit = { ...usualConnections, headersMs: 100, requestMs: 300 };
    const { app } = await aServer(aServingWorld(), { connections: limit });
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    const thousand = `${JSON.stringify(aRow())}\n`.repeat(1_000); // so many are answered before the next are read
    // Silence passes on this clock; the limit for other requests passes on that of Node.js itself.
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const post = (path: string, type: string) =>
        request(new URL(path, address), { method: 'POST', headers: { 'content-type': type } });
      const call = post('/predict/batch/fraud', 'application/x-ndjson');
      const answer = once(call, 'response') as Promise<[IncomingMessage]>;
      call.write(thousand);
      const [response] = await answer;
      let answers = '';
      response.setEncoding('utf8').on('data', (some: string) => (answers += some));
      const answered = async (lines: number) => {
        while (answers.split('\n').length <= lines) await nextTurn();
      };

      const ordinary = post('/predict/fraud', 'application/json').on('error', () => undefined);
      ordinary.write('{');
      const [refused] = (await once(ordinary, 'response')) as [IncomingMessage];
      assert.equal(refused.resume().statusCode, 408, 'the limit has passed');

      for (const sent of [1_000, 2_000, 3_000]) {
        await answered(sent);
        mock.timers.tick(limit.requestMs - 1);
        call.write(thousand);
      }
      call.end();
      await once(response, 'end');
      const lines = parsed(answers);
      assert.equal(lines.length, 4_000);
      assert.ok(lines.every(({ version }) => version === 1));
    } finally {
      mock.timers.reset();
    }
  });

  it('ends with the reason when nothing more arrives', async () => {
    const { app } = await aServer(aServingWorld(), { connections: { ...usualConnections, requestMs: 200 } });
    const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/predict/batch/fraud`;
    const call = request(url, { method: 'POST', headers: { 'content-type': 'application/x-ndjson' } });
    const gone = once(call, 'close');
    call.on('error', () => undefined).write(`${JSON.stringify(aRow())}\n`);
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    const [scored, silence] = parsed(await text(answer));
    assert.equal(scored!['version'], 1);
    assert.match(String(silence!['error']), /^Nothing of the file arrived for 0.2 s/);
    await gone;
  });

  it('may be CSV, whose cells are read as the columns declare, and is answered as CSV', async () => {
    const { send } = await scene();
    const lines = [
      'transaction_id,amount,distance,device,is_online',
      '"a, b",0,,phone,true',
      't-2,x,1,web,false',
      't-3,1',
    ];
    const { headers, body } = await send(lines.join('\n'), 'text/csv');
    assert.match(String(headers['content-type']), /^text\/csv/);
    const [header, ...answers] = body.trimEnd().split('\n');
    assert.equal(header, 'line,id,score,decision,threshold,version,error');
    assert.match(
      answers.find((line) => line.startsWith('2,'))!,
      /^2,[0-9a-f-]{36},0\.73\d+,true,0\.5,1,$/,
    );
    assert.match(
      answers.find((line) => line.startsWith('3,'))!,
      /^3,,,,,,"""amount"" is ""x""; send a finite number\."$/,
    );
    assert.match(
      answers.find((line) => line.startsWith('4,'))!,
      /does not have the 5 fields of the header/,
    );
  });

  it('is answered while it is being sent', async () => {
    const { server } = await scene();
    const url = `${await server.app.listen({ host: '127.0.0.1', port: 0 })}/predict/batch/fraud`;
    const call = request(url, { method: 'POST', headers: { 'content-type': 'application/jsonl' } });
    const line = `${JSON.stringify(aRow())}\n`;
    call.write(line.repeat(1_000));
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    let lines = 0;
    for await (const part of answer) {
      lines += String(part).split('\n').length - 1;
      if (lines === 1_000 && !call.writableEnded) call.end(line); // the rest is sent when those are answered
    }
    assert.equal(lines, 1_001);
  });

  it('needs a pipeline that is served, and a supported content type', async () => {
    const { send } = await scene();
    assert.equal((await send('{}', 'application/x-ndjson', 'nothing')).statusCode, 404);
    assert.equal((await send('{}', 'application/json')).statusCode, 415);
    assert.equal((await send(`{"amount": "${'x'.repeat(70_000)}`)).body.includes('more than 65536 characters'), true);
  });
});

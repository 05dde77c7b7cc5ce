import { startTraces } from '../../../adapters/telemetry/traces.ts';
import { startCollector, type Collector } from '../../support/outside/collector.ts';
import { aRow, aServer, aServingWorld, cleanUp } from '../fakes.ts';
import { grpcClient } from './inference/grpc-client.ts';
import assert from 'node:assert/strict';

const CALLER = { trace: '4bf92f3577b34da6a3ce929d0e0e4736', span: '00f067aa0ba902b7' };
const traceparent = `00-${CALLER.trace}-${CALLER.span}-01`;

describe('traces of requests', () => {
  let collector: Collector;
  let end: () => Promise<void>;
  beforeEach(async () => {
    collector = await startCollector();
    end = startTraces(`${collector.url}/v1/traces`, 'perennial-server');
  });
  afterEach(async () => {
    await cleanUp();
    await end();
    await collector.close();
  });

  it("continue the caller's, and say which version answered", async () => {
    const { app } = await aServer(aServingWorld(), { traced: true });
    await app.inject({ method: 'POST', url: '/predict/fraud', payload: aRow(), headers: { traceparent } });
    await end();
    const [span] = collector.spans;
    assert.deepEqual(
      [span?.service, span?.name, span?.traceId, span?.parentSpanId],
      ['perennial-server', 'POST /predict/:pipeline', CALLER.trace, CALLER.span],
    );
    assert.deepEqual(span?.attributes, {
      'http.request.method': 'POST',
      'http.route': '/predict/:pipeline',
      'http.response.status_code': 200,
      'perennial.pipeline': 'fraud',
      'perennial.generation': 1,
      'perennial.rows': 1,
      'perennial.versions': [1],
    });
  });

  it('leave out pages, health and metrics, and what nobody answers', async () => {
    const { app } = await aServer(aServingWorld(), { traced: true });
    for (const url of ['/metrics', '/health', '/openapi.json']) await app.inject({ url });
    await app.inject({ method: 'POST', url: '/nowhere', payload: {} });
    await end();
    assert.deepEqual(collector.spans, []);
  });

  it('include calls over gRPC, with their status', async () => {
    const server = await aServer(aServingWorld(), { traced: true });
    const client = grpcClient(await server.grpc.listen('127.0.0.1', 0));
    await assert.rejects(client.ask('ModelMetadata', { name: 'nowhere' }));
    client.close();
    await end();
    const [span] = collector.spans;
    assert.equal(span?.name, '/inference.GRPCInferenceService/ModelMetadata');
    assert.equal(span.attributes['rpc.grpc.status_code'], 5);
  });

  it('are not recorded without a collector', async () => {
    const { app } = await aServer(aServingWorld());
    const answer = await app.inject({
      method: 'POST',
      url: '/predict/fraud',
      payload: aRow(),
      headers: { traceparent },
    });
    await end();
    assert.equal(answer.statusCode, 200);
    assert.deepEqual(collector.spans, []);
  });
});

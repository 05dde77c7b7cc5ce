import { startTraces } from '../../../adapters/telemetry/traces.ts';
import { inSpan } from '../../../adapters/telemetry/in-span.ts';
import { createRuns } from '../../../adapters/temporal/runs/runs.ts';
import { traceStep } from '../../../adapters/temporal/traces.ts';
import { startCollector, type Collector, type Span } from '../../support/outside/collector.ts';
import { devServer } from '../../support/temporal/dev-server.ts';
import { names } from '../../support/temporal/names.ts';
import { MOMENT } from '../../support/temporal/scripts.ts';
import { ApplicationFailure } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import assert from 'node:assert/strict';

describe('traces of runs @slow', () => {
  const server = devServer();
  let collector: Collector;
  let end: () => Promise<void>;

  before(async () => {
    await server().work(
      {
        removeOldRows: () => ({ asOf: MOMENT, removed: [] }),
        sweepObjects: () => {
          throw ApplicationFailure.nonRetryable('the store has burnt down');
        },
        checkDrift: () => null,
      },
      { interceptors: { activity: [traceStep] } },
    );
  });
  beforeEach(async () => {
    collector = await startCollector();
    end = startTraces(`${collector.url}/v1/traces`, 'perennial-test');
  });
  afterEach(async () => {
    await end();
    await collector.close();
  });

  /** The spans of this process, all sent. */
  async function sent(): Promise<(name: string) => Span> {
    await end();
    return (name) => collector.spans.find((span) => span.name === name) ?? assert.fail(`no span ${name}`);
  }

  it('lead from a request to the steps of the run that it starts', async () => {
    const runs = createRuns(server().client, server().settings);
    const workflowId = await inSpan('POST /actions/run', {}, () =>
      runs.start('monitoring', { pipeline: { name: 'fraud', revision: 'r' }, asOf: MOMENT }),
    );
    await runs.result(workflowId);
    const span = await sent();
    const [request, start, step] = [span('POST /actions/run'), span('start monitoring'), span('checkDrift')];
    assert.equal(start.parentSpanId, request.spanId);
    assert.equal(start.attributes['temporalWorkflowId'], workflowId);
    assert.equal(step.parentSpanId, start.spanId);
    assert.deepEqual(
      [step.traceId, step.service, step.attributes['temporalWorkflowId'], step.attributes['perennial.attempt']],
      [request.traceId, 'perennial-test', workflowId, 1],
    );
  });

  it('begin with a run that a schedule starts: they hold its steps, and a failed step says why', async () => {
    const untraced = new Client({ connection: server().client.connection, namespace: server().settings.namespace });
    const run = await untraced.workflow.start('care', {
      workflowId: 'care-by-schedule',
      taskQueue: names.queues.control,
      args: [{ dryRun: true }],
    });
    await assert.rejects(run.result());
    const span = await sent();
    const id = run.firstExecutionRunId.replaceAll('-', '');
    assert.deepEqual([span('removeOldRows').traceId, span('sweepObjects').traceId], [id, id]);
    assert.deepEqual(span('sweepObjects').status, { code: 2, message: 'the store has burnt down' });
  });
});

import { TRACE_HEADER } from '../../core/runs/traces.ts';
import { inSpan } from '../telemetry/in-span.ts';
import { type Attributes, context, propagation, ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/** A start, a signal or an update is a span, and hands its trace to the run. */
export const traceCalls: WorkflowClientInterceptor = {
  startWithDetails: (input, next) => call(`start ${input.workflowType}`, input.options.workflowId, input, next),
  signalWithStart: (input, next) => call(`ask ${input.workflowType}`, input.options.workflowId, input, next),
  signal: (input, next) => call(`signal ${input.signalName}`, input.workflowExecution.workflowId, input, next),
  startUpdate: (input, next) => call(`update ${input.updateName}`, input.workflowExecution.workflowId, input, next),
};

function call<Input extends { headers: Headers }, Output>(
  name: string,
  workflowId: string | undefined,
  input: Input,
  next: (input: Input) => Promise<Output>,
): Promise<Output> {
  return inSpan(name, { kind: SpanKind.PRODUCER, attributes: attributesOf({ workflowId }) }, () =>
    next({ ...input, headers: { ...input.headers, ...headersHere() } }),
  );
}

function headersHere(): Headers {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  const trace = carrier[TRACE_HEADER];
  return trace === undefined ? {} : { [TRACE_HEADER]: defaultPayloadConverter.toPayload(trace)! };
}

/** A step of a run is a span in the trace of the run. */
export const traceStep: ActivityInterceptorsFactory = ({ info }) => ({
  inbound: {
    execute(input, next) {
      const { activityType, attempt, taskQueue, workflowExecution: run } = info;
      const header = input.headers[TRACE_HEADER];
      const carrier = header ? { [TRACE_HEADER]: defaultPayloadConverter.fromPayload<string>(header) } : {};
      const attributes = { ...attributesOf(run ?? {}), 'perennial.attempt': attempt, 'perennial.queue': taskQueue };
      const options = { kind: SpanKind.CONSUMER, attributes };
      return inSpan(activityType, options, () => next(input), propagation.extract(ROOT_CONTEXT, carrier));
    },
  },
});

/** As Temporal's own interceptors name them. */
const attributesOf = ({ workflowId, runId }: { workflowId?: string | undefined; runId?: string }): Attributes => ({
  ...(workflowId !== undefined && { temporalWorkflowId: workflowId }),
  ...(runId !== undefined && { temporalRunId: runId }),
});

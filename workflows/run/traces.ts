import { type Headers, type WorkflowInterceptors, workflowInfo } from '@temporalio/workflow';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { traceOfRun, TRACE_HEADER } from '../../core/runs/traces.ts';

/**
 * Hands on the trace in which the run was started, or last told something, to its steps and to the runs that it starts. A
 * run that a schedule started begins a trace.
 */
export function interceptors(): WorkflowInterceptors {
  let trace: Payload = defaultPayloadConverter.toPayload(traceOfRun(workflowInfo().runId))!;
  const hear = ({ headers }: { headers: Headers }): void => void (trace = headers[TRACE_HEADER] ?? trace);
  const told = <Input extends { headers: Headers }, Output>(input: Input, next: (input: Input) => Output): Output => {
    hear(input);
    return next(input);
  };
  const handOn = <Input extends { headers: Headers }, Output>(input: Input, next: (input: Input) => Output): Output =>
    next({ ...input, headers: { ...input.headers, [TRACE_HEADER]: trace } });
  return {
    inbound: [{ execute: told, handleSignal: told, handleUpdate: told }],
    outbound: [{ scheduleActivity: handOn, startChildWorkflowExecution: handOn, continueAsNew: handOn }],
  };
}

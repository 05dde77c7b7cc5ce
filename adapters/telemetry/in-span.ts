import { messageOf } from '../../core/base/errors/errors.ts';
import { type Context, context, type SpanOptions, SpanStatusCode, trace } from '@opentelemetry/api';

/** Does the work in a span of its own, which tells its failure. Without a collector there is only the work. */
export async function inSpan<T>(
  name: string,
  options: SpanOptions,
  work: () => Promise<T>,
  parent: Context = context.active(),
): Promise<T> {
  const span = trace.getTracer('perennial').startSpan(name, options, parent);
  try {
    return await context.with(trace.setSpan(parent, span), work);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
    throw error;
  } finally {
    span.end();
  }
}

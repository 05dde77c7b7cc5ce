import {
  type Attributes,
  type Context,
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { type FastifyInstance, type FastifyRequest } from 'fastify';

/**
 * Makes each request that asks for work a span in the caller's trace, which is told by W3C's "traceparent". Pages,
 * health and metrics are looked at all day, and are none.
 */
export function traceRequests(app: FastifyInstance): void {
  const spans = new WeakMap<FastifyRequest, ReturnType<typeof beginSpan>>();
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.method !== 'POST' || request.is404) return done();
    const route = request.routeOptions.url ?? '';
    const { pipeline } = request.params as { pipeline?: string };
    const span = beginSpan(`POST ${route}`, request.headers, {
      'http.request.method': 'POST',
      'http.route': route,
      ...(pipeline !== undefined && { 'perennial.pipeline': pipeline }),
    });
    spans.set(request, span);
    span.within(done);
  });
  app.addHook('onResponse', (request, { statusCode }, done) => {
    spans.get(request)?.end({ 'http.response.status_code': statusCode }, statusCode >= 500);
    done();
  });
}

/** A span in the trace that these headers name. */
export function beginSpan(name: string, headers: object, attributes: Attributes) {
  const parent: Context = propagation.extract(context.active(), headers);
  const span = trace.getTracer('perennial').startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
  return {
    within: <T>(work: () => T): T => context.with(trace.setSpan(parent, span), work),
    end(told: Attributes, failed: boolean): void {
      span.setAttributes(told);
      if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

/** Tells the span of the request under way, if it is traced. */
export const tellSpan = (attributes: () => Attributes): void => {
  const span = trace.getActiveSpan();
  if (span?.isRecording()) span.setAttributes(attributes());
};

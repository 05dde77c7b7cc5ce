import type { HttpAnswer } from './client.ts';

/** For how many milliseconds an answer asks to wait: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
export function retryAfterOf({ header }: Pick<HttpAnswer, 'header'>): number | null {
  const value = header('retry-after')?.trim();
  if (value === undefined) return null;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

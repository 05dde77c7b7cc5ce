import { html, type Html } from './html.ts';

export interface Document {
  title: string;
  /** A report is read and printed; the console is scanned, and changes while it is. */
  kind: 'report' | 'console';
  /** More of the head: the styles, or a link to them. */
  head: Html;
  body: Html;
}

/** A whole HTML document, light and dark. */
export const htmlDocument = ({ title, kind, head, body }: Document): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        ${head}
      </head>
      <body class="${kind}">
        ${body}
      </body>
    </html> `.markup;

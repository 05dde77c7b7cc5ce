/** As package.json and the chart have it; a test compares them. */
export const release = '0.1.0';

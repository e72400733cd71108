// A connector in JavaScript: one request, one record.
import { get } from 'windlass:connector/config@0.1.0';
import { Request, send } from 'windlass:connector/http@0.1.0';

export const spec = {
  describe() {
    return JSON.stringify({
      spec: 1,
      name: 'javascript',
      version: '1.0.0',
      title: 'JavaScript guest',
      config: {
        type: 'object',
        required: ['base_url'],
        additionalProperties: false,
        properties: { base_url: { type: 'string' } },
      },
      hosts: ['{base_url}'],
      streams: [{ name: 'answers', kind: 'snapshot', schema: { type: 'object' } }],
    });
  },
};

export const streams = {
  read() {
    const { base_url } = JSON.parse(get());
    const answer = send(new Request('GET', base_url));
    const json = JSON.stringify({ status: answer.status(), body: answer.text() });
    return { rows: [], records: [{ key: 'answer', json }], deleted: [], more: false };
  },
  migrate() {},
};

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
    // What a connector sees of the machine.
    const world = { process: typeof process, require: typeof require };
    const json = JSON.stringify({ status: answer.status(), body: answer.text(), world });
    return { rows: [], records: [{ key: 'answer', json }], deleted: [], more: false };
  },
  migrate() {},
};

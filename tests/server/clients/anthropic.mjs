// Anthropic's own client for JavaScript: messages, stream, tools, tokens, errors.
import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({ baseURL: process.argv[2], apiKey: "none", maxRetries: 0 });
const messages = [{ role: "user", content: "What is the capital of Italy?" }];
const rome = "The capital of Italy is Rome.";
const weather = [{ role: "user", content: "What is the weather in Oslo?" }];
const input_schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const tools = [{ name: "get_weather", description: "Get the weather for a city", input_schema }];
const common = { model: "demo", temperature: 0, max_tokens: 100 };

const whole = await client.messages.create({ ...common, messages });
assert.equal(whole.content[0].text, rome);
assert.equal(whole.stop_reason, "end_turn");

const counted = await client.messages.countTokens({ model: "demo", messages });
assert.equal(counted.input_tokens, whole.usage.input_tokens);

const stream = client.messages.stream({ ...common, messages });
let text = "";
stream.on("text", (piece) => (text += piece));
const final = await stream.finalMessage();
assert.equal(text, rome);
assert.equal(final.content[0].text, rome);
assert.equal(final.usage.output_tokens, whole.usage.output_tokens);

const called = await client.beta.messages.stream({ ...common, messages: weather, tools }).finalMessage();
const use = called.content.find((block) => block.type === "tool_use");
assert.equal(use.name, "get_weather");
assert.deepEqual(use.input, { city: "Oslo" });
assert.equal(called.stop_reason, "tool_use");
const result = { type: "tool_result", tool_use_id: use.id, content: "12 degrees" };
await client.messages.create({
  ...common, tools,
  messages: [...weather, { role: "assistant", content: called.content }, { role: "user", content: [result] }],
});

const short = await client.messages.create({ ...common, max_tokens: 2, messages });
assert.equal(short.stop_reason, "max_tokens");
const stopped = await client.messages.create({ ...common, stop_sequences: [" Rome"], messages });
assert.equal(stopped.stop_reason, "stop_sequence");
assert.equal(stopped.stop_sequence, " Rome");
assert.equal((await client.models.list()).data[0].id, "demo");
await assert.rejects(client.messages.create({ ...common, messages: [] }), (error) => {
  assert.equal(error.status, 400);
  assert.equal(error.error.error.type, "invalid_request_error");
  return true;
});
console.log("anthropic: ok");

// OpenAI's own client for JavaScript: chat, stream, tools, usage, responses, errors.
import assert from "node:assert/strict";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: process.argv[2] + "/v1", apiKey: "none", maxRetries: 0 });
const question = [{ role: "user", content: "What is the capital of Italy?" }];
const rome = "The capital of Italy is Rome.";
const weather = [{ role: "user", content: "What is the weather in Oslo?" }];
const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const tool = { name: "get_weather", description: "Get the weather for a city", parameters };
const tools = [{ type: "function", function: tool }];
const common = { model: "demo", temperature: 0 };

assert.equal((await client.models.list()).data[0].id, "demo");
assert.equal((await client.models.retrieve("demo")).id, "demo");

const whole = await client.chat.completions.create({ ...common, messages: question });
assert.equal(whole.choices[0].message.content, rome);
assert.equal(whole.usage.total_tokens, whole.usage.prompt_tokens + whole.usage.completion_tokens);

const runner = client.chat.completions.stream({
  ...common, messages: question, stream_options: { include_usage: true },
});
let streamed = "";
runner.on("content", (piece) => (streamed += piece));
const final = await runner.finalChatCompletion();
assert.equal(streamed, rome);
assert.equal(final.choices[0].message.content, rome);
assert.equal(final.usage.prompt_tokens, whole.usage.prompt_tokens);

const called = await client.chat.completions
  .stream({ ...common, messages: weather, tools })
  .finalChatCompletion();
const call = called.choices[0].message.tool_calls[0];
assert.equal(call.function.name, "get_weather");
assert.deepEqual(JSON.parse(call.function.arguments), { city: "Oslo" });
assert.equal(called.choices[0].finish_reason, "tool_calls");
await client.chat.completions.create({
  ...common, tools,
  messages: [...weather, called.choices[0].message, { role: "tool", tool_call_id: call.id, content: "12 degrees" }],
});

const completion = await client.completions.create({ ...common, prompt: "Once upon a", max_tokens: 4 });
assert.equal(completion.choices[0].finish_reason, "length");

const response = await client.responses.create({ ...common, input: question[0].content });
assert.equal(response.output_text, rome);
const responses = client.responses.stream({
  ...common, input: weather[0].content, tools: [{ type: "function", ...tool }],
});
const kinds = [];
for await (const event of responses) kinds.push(event.type);
const done = await responses.finalResponse();
assert.equal(done.output[0].type, "function_call");
assert.deepEqual(JSON.parse(done.output[0].arguments), { city: "Oslo" });
assert.equal(kinds[0], "response.created");
assert.equal(kinds.at(-1), "response.completed");
let text = "";
const story = client.responses.stream({ ...common, input: question[0].content });
story.on("response.output_text.delta", (event) => (text += event.delta));
assert.equal((await story.finalResponse()).output_text, rome);
assert.equal(text, rome);

await assert.rejects(client.chat.completions.create({ ...common, messages: [] }), (error) => {
  assert.equal(error.status, 400);
  assert.equal(error.param, "messages");
  return true;
});
await assert.rejects(client.models.retrieve("other"), { status: 404 });
console.log("openai: ok");

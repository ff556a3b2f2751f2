"""OpenAI's own client for Python: chat, stream, tools, usage, responses, errors."""

import json
import sys

import openai

client = openai.OpenAI(base_url=sys.argv[1] + "/v1", api_key="none", max_retries=0)
QUESTION = [{"role": "user", "content": "What is the capital of Italy?"}]
WEATHER = [{"role": "user", "content": "What is the weather in Oslo?"}]
ROME = "The capital of Italy is Rome."
TOOL = {
    "name": "get_weather",
    "description": "Get the weather for a city",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
COMMON = {"model": "demo", "temperature": 0}

whole = client.chat.completions.create(messages=QUESTION, logprobs=True, top_logprobs=2, **COMMON)
assert whole.choices[0].message.content == ROME
assert "".join(one.token for one in whole.choices[0].logprobs.content) == ROME

text, usage = "", None
for chunk in client.chat.completions.create(
    messages=QUESTION, stream=True, stream_options={"include_usage": True}, **COMMON
):
    text += chunk.choices[0].delta.content or "" if chunk.choices else ""
    usage = chunk.usage or usage
assert text == ROME and usage.total_tokens == whole.usage.total_tokens

tools = [{"type": "function", "function": TOOL}]
with client.chat.completions.stream(messages=WEATHER, tools=tools, **COMMON) as stream:
    call = stream.get_final_completion().choices[0].message.tool_calls[0]
assert (call.function.name, json.loads(call.function.arguments)) == ("get_weather", {"city": "Oslo"})

with client.responses.stream(input=QUESTION[0]["content"], **COMMON) as stream:
    deltas = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
    assert deltas == stream.get_final_response().output_text == ROME
tools = [{"type": "function", **TOOL}]
response = client.responses.create(input=WEATHER[0]["content"], tools=tools, **COMMON)
assert json.loads(response.output[0].arguments) == {"city": "Oslo"}

try:
    client.chat.completions.create(messages=QUESTION, model="demo", temperature=-1)
    raise AssertionError("an impossible temperature was taken")
except openai.BadRequestError as error:
    assert error.param == "temperature", error

try:
    client.chat.completions.create(messages=[{"role": "user", "content": "zz " * 4000}], model="demo")
    raise AssertionError("a prompt beyond the context was taken")
except openai.BadRequestError as error:
    assert error.code == "context_length_exceeded", error
print("openai for Python: ok")

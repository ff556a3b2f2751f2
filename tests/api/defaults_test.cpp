// The model's own sampling, from generation_config.json and from GGUF metadata.
#include "api/defaults.h"

#include "support/expect.h"
#include "support/gguf_writer.h"
#include "support/safetensors_writer.h"

namespace tug {
namespace {

Result<Sampling> from_config(const std::string& config) {
  const std::string weights = SafetensorsWriter().bytes();
  return read_default_sampling(
      value_of(Checkpoint::from_memory("test", {{"config.json", as_bytes("{}")},
                                                {"generation_config.json", as_bytes(config)},
                                                {"model.safetensors", as_bytes(weights)}})));
}

Result<Sampling> from_metadata(const GgufWriter& writer) {
  const std::string bytes = writer.bytes();
  return read_default_sampling(value_of(Checkpoint::from_memory("test", {{"model.gguf", as_bytes(bytes)}})));
}

TEST(DefaultSampling, GenerationConfig) {
  const Sampling sampling = value_of(from_config(
      R"({"do_sample":true,"temperature":0.6,"top_k":20,"top_p":0.95,"min_p":0.1,"repetition_penalty":1.05,)"
      R"("presence_penalty":1.5,"frequency_penalty":0.5})"));
  EXPECT_EQ(sampling.temperature, 0.6);
  EXPECT_EQ(sampling.top_k, 20);
  EXPECT_EQ(sampling.top_p, 0.95);
  EXPECT_EQ(sampling.min_p, 0.1);
  EXPECT_EQ(sampling.repetition_penalty, 1.05);
  EXPECT_EQ(sampling.presence_penalty, 1.5);
  EXPECT_EQ(sampling.frequency_penalty, 0.5);
  EXPECT_EQ(value_of(from_config(R"({"temperature":0.6})")).temperature, 0) << "greedy unless do_sample";
  EXPECT_EQ(value_of(from_config(R"({"top_k":20,"top_k":30})")).top_k, 30);
  EXPECT_EQ(value_of(from_config("{}")).top_k, 50) << "transformers' default";
}

TEST(DefaultSampling, OffIsOff) {
  for (const char* value : {"-1", "0", "null", "-1.0"}) {
    EXPECT_EQ(value_of(from_config(R"({"top_k":)" + std::string(value) + "}")).top_k, 0) << value;
  }
  EXPECT_EQ(value_of(from_config(R"({"top_k":20.0})")).top_k, 20);
  const Sampling off = value_of(from_config(
      R"({"do_sample":true,"temperature":null,"top_p":null,"min_p":null,"repetition_penalty":null})"));
  EXPECT_EQ(off.temperature, 1);
  EXPECT_EQ(off.top_p, 1);
  EXPECT_EQ(off.min_p, 0);
  EXPECT_EQ(off.repetition_penalty, 1);
  EXPECT_EQ(value_of(from_config(R"({"do_sample":true,"temperature":0,"top_p":1})")).temperature, 0);
}

TEST(DefaultSampling, OtherValuesAreNamedWithFileAndKey) {
  for (const auto& [key, values] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"top_k", {"-2", "1.5", "\"20\"", "true", "[20]", "1e30"}},
           {"top_p", {"-0.1", "1.5", "\"0.8\"", "{}"}},
           {"min_p", {"-1", "2"}},
           {"temperature", {"-1", "\"hot\"", "1e9"}},
           {"repetition_penalty", {"0", "-1", "true"}},
           {"presence_penalty", {"1e9", "\"x\""}},
           {"do_sample", {"1", "\"yes\""}}}) {
    for (const std::string& value : values) {
      const Result<Sampling> sampling = from_config("{\"" + key + "\":" + value + "}");
      ASSERT_FALSE(sampling.ok()) << key << " " << value;
      const std::string& message = sampling.error().message();
      EXPECT_NE(message.find("\"" + key + "\" in generation_config.json must be"), std::string::npos)
          << message;
    }
  }
}

TEST(DefaultSampling, Metadata) {
  GgufWriter writer;
  EXPECT_EQ(value_of(from_metadata(writer)).temperature, 0.7) << "the model cards' settings";
  writer.set("general.sampling.temp", 0.5f);
  writer.set("general.sampling.top_k", 40);
  writer.set("general.sampling.top_p", 0.25f);
  writer.set("general.sampling.min_p", 0.125f);
  writer.set("general.sampling.penalty_repeat", 1.5f);
  const Sampling sampling = value_of(from_metadata(writer));
  EXPECT_EQ(sampling.temperature, 0.5);
  EXPECT_EQ(sampling.top_k, 40);
  EXPECT_EQ(sampling.top_p, 0.25);
  EXPECT_EQ(sampling.min_p, 0.125);
  EXPECT_EQ(sampling.repetition_penalty, 1.5);

  GgufWriter off;
  off.set("general.sampling.temp", -1.0f);
  off.set("general.sampling.top_k", -1);
  off.set("general.sampling.top_p", 1.0f);
  EXPECT_EQ(value_of(from_metadata(off)).temperature, 0);
  EXPECT_EQ(value_of(from_metadata(off)).top_k, 0);
  EXPECT_EQ(value_of(from_metadata(off)).top_p, 1);
}

TEST(DefaultSampling, SillyMetadataIsNamed) {
  const auto refused = [](const char* key, auto value) {
    GgufWriter writer;
    writer.set(key, value);
    const Result<Sampling> sampling = from_metadata(writer);
    ASSERT_FALSE(sampling.ok()) << key;
    EXPECT_NE(sampling.error().message().find(key), std::string::npos) << sampling.error().message();
  };
  refused("general.sampling.temp", std::numeric_limits<float>::quiet_NaN());
  refused("general.sampling.temp", "hot");
  refused("general.sampling.top_k", uint64_t{1} << 63);
  refused("general.sampling.top_p", std::vector<float>{1});
  refused("general.sampling.penalty_repeat", 0.0f);
}

}  // namespace
}  // namespace tug

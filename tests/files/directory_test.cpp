// A Hugging Face directory is found in all its layouts, and a wrong path says what to give instead.
#include <filesystem>

#include "models.h"
#include "support/temp_dir.h"

namespace tug {
namespace {

std::string one_tensor(const std::string& name) {
  SafetensorsWriter w;
  w.add(name, Type::kF32, {1}, as_bytes(floats_as_bytes({1})));
  return w.bytes();
}

class Directory : public testing::Test {
 protected:
  const TempDir dir;
  Result<Checkpoint> open() const { return Checkpoint::open(dir.path()); }
  void write_index(const std::string& map) const {
    dir.write("model.safetensors.index.json", R"({"metadata":{"total_size":8},"weight_map":)" + map + "}");
  }
  void SetUp() override { dir.write("config.json", R"({"model_type":"qwen3_moe","a":1.5})"); }
};

TEST_F(Directory, OneFileGoesBeforeOthers) {
  dir.write("model.safetensors", one_tensor("a"));
  dir.write("other.safetensors", one_tensor("b"));
  const Checkpoint checkpoint = value_of(open());
  EXPECT_EQ(checkpoint.tensors().size(), 1u);
  EXPECT_EQ(checkpoint.config().find("a")->as_number(), 1.5);
  EXPECT_TRUE(checkpoint.generation_config().is_null());
  EXPECT_TRUE(checkpoint.tokenizer_config().is_null());
  EXPECT_EQ(value_of(checkpoint.tokenizer_json()), "");
  EXPECT_TRUE(value_of(checkpoint.chat_templates()).empty());
  EXPECT_EQ(value_of(Checkpoint::open(dir.path() + "//")).name(),
            std::filesystem::path(dir.path()).filename());
}

TEST_F(Directory, AllFilesWithoutAnIndex) {
  dir.write("x-2.safetensors", one_tensor("b"));
  dir.write("x-1.safetensors", one_tensor("c"));
  const Checkpoint checkpoint = value_of(open());
  ASSERT_EQ(checkpoint.tensors().size(), 2u);
  EXPECT_EQ(checkpoint.find("c")->bytes.file, 0);
  dir.write("x-3.safetensors", one_tensor("b"));
  EXPECT_ERROR(open(), "tensor b is there twice");
}

TEST_F(Directory, TheIndexNamesTheShards) {
  dir.write("one.safetensors", one_tensor("a"));
  dir.write("two.safetensors", one_tensor("b"));
  dir.write("unused.safetensors", "broken");
  write_index(R"({"a":"one.safetensors","b":"two.safetensors"})");
  const Checkpoint checkpoint = value_of(open());
  EXPECT_EQ(checkpoint.files().size(), 2u);
  EXPECT_EQ(checkpoint.find("b")->bytes.file, 1);
}

TEST_F(Directory, OfEqualKeysInTheIndexTheLastCounts) {
  dir.write("one.safetensors", one_tensor("a"));
  write_index(R"({"a":"gone.safetensors","b":"gone.safetensors"},"weight_map":{"a":"gone.safetensors",)"
              R"("a":"one.safetensors"})");
  EXPECT_EQ(value_of(open()).tensors().size(), 1u);
  write_index(R"({"a":"one.safetensors","a":"gone.safetensors"})");
  EXPECT_ERROR(open(), "gone.safetensors does not exist");
}

TEST_F(Directory, AnOldIndexBesideAWholeFile) {
  write_index(R"({"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"})");
  EXPECT_ERROR(open(), "does not exist");
  dir.write("model.safetensors", one_tensor("whole"));
  EXPECT_NE(value_of(open()).find("whole"), nullptr);
  dir.write("model-00001-of-00002.safetensors", one_tensor("a"));
  EXPECT_NE(value_of(open()).find("whole"), nullptr) << "the shards are not all there";
  dir.write("model-00002-of-00002.safetensors", one_tensor("b"));
  EXPECT_NE(value_of(open()).find("b"), nullptr);
}

TEST_F(Directory, ByteOrderMarksAreSkipped) {
  const std::string mark = "\xef\xbb\xbf";
  dir.write("one.safetensors", one_tensor("a"));
  dir.write("model.safetensors.index.json", mark + R"({"weight_map":{"a":"one.safetensors"}})");
  for (const char* name : {"config.json", "generation_config.json", "tokenizer_config.json"})
    dir.write(name, mark + R"({"k":1,"k":2})");
  const Checkpoint checkpoint = value_of(open());
  EXPECT_EQ(checkpoint.config().find("k")->as_integer(), 2);
}

TEST_F(Directory, LfsPointersSayWhatToDo) {
  const char* pointer =
      "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1\n"
      "size 12345\n";
  dir.write("tokenizer.json", "{}");
  dir.write("model.safetensors", one_tensor("a"));
  EXPECT_OK(open());
  for (const char* name : {"model.safetensors", "tokenizer.json", "config.json", "generation_config.json",
                           "model.safetensors.index.json"}) {
    const bool was_there = std::filesystem::exists(dir / name);
    if (was_there) std::filesystem::rename(dir / name, dir / "kept");
    dir.write(name, pointer);
    EXPECT_ERROR(open(), name);
    EXPECT_ERROR(open(), "run `git lfs pull`");
    std::filesystem::remove(dir / name);
    if (was_there) std::filesystem::rename(dir / "kept", dir / name);
  }
  EXPECT_ERROR(Checkpoint::open(dir.write("x.gguf", pointer)), "run `git lfs pull`");
  EXPECT_ERROR(Checkpoint::open(dir.write("blob", pointer)), "run `git lfs pull`");
}

class HubCache : public testing::Test {
 protected:
  const TempDir dir;
  const std::string root = dir / "models--Qwen--Qwen3-Tiny";
  std::string add_snapshot(const std::string& commit) const {
    const std::string path = root + "/snapshots/" + commit;
    std::filesystem::create_directories(path);
    std::filesystem::create_directories(root + "/refs");
    dir.write("models--Qwen--Qwen3-Tiny/snapshots/" + commit + "/config.json", "{}");
    dir.write("models--Qwen--Qwen3-Tiny/snapshots/" + commit + "/model.safetensors", one_tensor(commit));
    return path;
  }
};

TEST_F(HubCache, TheSnapshotThatMainNames) {
  add_snapshot("aaa");
  add_snapshot("bbb");
  for (const char* commit : {"aaa", "bbb\n"}) {
    dir.write("models--Qwen--Qwen3-Tiny/refs/main", commit);
    for (const std::string& path : {root, root + "/", root + "/snapshots"}) {
      const Checkpoint checkpoint = value_of(Checkpoint::open(path));
      EXPECT_NE(checkpoint.find(std::string(commit, 3)), nullptr);
      EXPECT_EQ(checkpoint.name(), "Qwen3-Tiny");
    }
  }
}

TEST_F(HubCache, TheNewestWithoutMain) {
  EXPECT_ERROR((std::filesystem::create_directories(root + "/snapshots"), Checkpoint::open(root)),
               "holds no snapshot");
  const std::string old = add_snapshot("zzz");
  EXPECT_NE(value_of(Checkpoint::open(root)).find("zzz"), nullptr);
  add_snapshot("aaa");
  std::filesystem::last_write_time(old, std::filesystem::last_write_time(old) - std::chrono::hours(1));
  EXPECT_NE(value_of(Checkpoint::open(root)).find("aaa"), nullptr);
  for (const char* main : {"gone", "", "../snapshots/zzz", ".", "/"}) {
    dir.write("models--Qwen--Qwen3-Tiny/refs/main", main);
    EXPECT_NE(value_of(Checkpoint::open(root)).find("aaa"), nullptr) << main;
  }
  EXPECT_EQ(value_of(Checkpoint::open(old)).name(), "Qwen3-Tiny");
}

TEST_F(Directory, FilesBesideAGgufModelDoNotConfuse) {
  std::filesystem::remove(dir / "config.json");
  GgufWriter model, vision, adapter;
  model.set("general.architecture", "qwen3moe");
  vision.set("general.architecture", "clip");
  adapter.set("general.type", "adapter");
  vision.write(dir / "mmproj-model-f16.gguf");
  EXPECT_ERROR(open(), "mmproj");
  model.write(dir / "model-q4_k_m.gguf");
  EXPECT_EQ(value_of(open()).metadata().size(), 1u);
  vision.write(dir / "a-vision.gguf");
  adapter.write(dir / "tuned.gguf");
  EXPECT_OK(open());
  model.write(dir / "model-q8_0.gguf");
  EXPECT_ERROR(open(),
               "2 GGUF models; please give the path of one of them: model-q4_k_m.gguf, model-q8_0.gguf");
}

TEST_F(Directory, RefusesABadIndex) {
  dir.write("one.safetensors", one_tensor("a"));
  dir.write("two.safetensors", one_tensor("b"));
  const auto with = [&](const std::string& map) {
    write_index(map);
    return open();
  };
  EXPECT_ERROR(with(R"({"a":"one.safetensors","c":"two.safetensors"})"),
               "promises the tensor c in two.safetensors");
  EXPECT_ERROR(with(R"({"a":"two.safetensors","b":"one.safetensors"})"),
               "promises the tensor a in two.safetensors");
  EXPECT_ERROR(with(R"({"a":"three.safetensors"})"), "three.safetensors does not exist");
  EXPECT_ERROR(with(R"({"a":"../one.safetensors"})"), "without a directory");
  EXPECT_ERROR(with(R"({"a":"/one.safetensors"})"), "without a directory");
  EXPECT_ERROR(with(R"({"a":"config.json"})"), "without a directory");
  EXPECT_ERROR(with("{}"), "names no file");
  for (const char* map :
       {"[]", "1", "null", "\"x\"", R"({"a":1})", R"({"a":["one.safetensors"]})", R"({"a":{}})"}) {
    EXPECT_ERROR(with(map), "\"weight_map\" must be an object");
  }
  dir.write("model.safetensors.index.json", R"({"weights":{}})");
  EXPECT_ERROR(open(), "no \"weight_map\"");
  // As in Python, of equal keys the last one counts, whatever the others were.
  for (const char* before : {"5", "{\"a\":5}", "{\"a\":\"nope\"}", "{\"a\":{\"b\":[1]}}"}) {
    dir.write("model.safetensors.index.json",
              std::string("{\"weight_map\":") + before + R"(,"weight_map":{"a":"one.safetensors"}})");
    EXPECT_OK(open());
  }
  dir.write("model.safetensors.index.json", R"({"weight_map":{"a":7,"a":"../x","a":"one.safetensors"}})");
  EXPECT_OK(open());
  dir.write("model.safetensors.index.json", R"({"weight_map":{"a":"one.safetensors","a":7}})");
  EXPECT_ERROR(open(), "\"weight_map\" must be an object");
  dir.write("model.safetensors.index.json", "{");
  EXPECT_ERROR(open(), "not valid JSON");
}

TEST_F(Directory, TheIndexMayNameUnreadableTensors) {
  SafetensorsWriter w;
  w.add("ids", "I64", {1}, as_bytes(std::string(8, '\0')));
  dir.write("one.safetensors", w.bytes());
  write_index(R"({"ids":"one.safetensors"})");
  EXPECT_EQ(value_of(open()).unreadable_dtype("ids"), "I64");
}

TEST_F(Directory, ChatTemplates) {
  dir.write("model.safetensors", one_tensor("a"));
  dir.write("tokenizer.json", "{\"model\":{}}");
  EXPECT_EQ(value_of(value_of(open()).tokenizer_json()), "{\"model\":{}}");
  using Templates = ChatTemplates;
  dir.write("chat_template.json", R"({"chat_template":"old"})");
  EXPECT_EQ(value_of(value_of(open()).chat_templates()), (Templates{{"default", "old"}}));
  dir.write("tokenizer_config.json", R"({"chat_template":"simple"})");
  EXPECT_EQ(value_of(value_of(open()).chat_templates()), (Templates{{"default", "simple"}}));
  dir.write("tokenizer_config.json",
            R"({"chat_template":[{"name":"rag","template":"r"},{"name":"default","template":"named"}]})");
  EXPECT_EQ(value_of(value_of(open()).chat_templates()), (Templates{{"default", "named"}, {"rag", "r"}}));
  dir.write("tokenizer_config.json", R"({"chat_template":[1,{"name":"default"},{"name":2,"template":"x"}]})");
  EXPECT_EQ(value_of(value_of(open()).chat_templates()), (Templates{{"default", "old"}}));
  for (const char* wrong : {"5", "true", "{}"}) {
    dir.write("tokenizer_config.json", std::string(R"({"chat_template":)") + wrong + "}");
    EXPECT_NE(open().error().message().find("\"chat_template\" is neither"), std::string::npos) << wrong;
  }
  dir.write("tokenizer_config.json", R"({"chat_template":null})");
  EXPECT_EQ(value_of(value_of(open()).chat_templates()), (Templates{{"default", "old"}}));
  std::filesystem::create_directory(dir.path() + "/additional_chat_templates");
  dir.write("additional_chat_templates/tool_use.jinja", "{{ tools }}");
  EXPECT_EQ(value_of(value_of(open()).chat_templates()), (Templates{{"tool_use", "{{ tools }}"}}));
  dir.write("additional_chat_templates/rag.jinja", "{{ documents }}");
  dir.write("additional_chat_templates/readme.txt", "none");
  EXPECT_EQ(value_of(value_of(open()).chat_templates()),
            (Templates{{"rag", "{{ documents }}"}, {"tool_use", "{{ tools }}"}}));
  std::filesystem::remove(dir / "additional_chat_templates/rag.jinja");
  dir.write("chat_template.jinja", "{{ file }}");
  EXPECT_EQ(value_of(value_of(open()).chat_templates()),
            (Templates{{"default", "{{ file }}"}, {"tool_use", "{{ tools }}"}}));
}

TEST_F(Directory, RefusesBadConfigs) {
  dir.write("model.safetensors", one_tensor("a"));
  for (const char* name : {"config.json", "generation_config.json", "tokenizer_config.json"}) {
    for (const char* text : {"", "{", "[]", "null", "\"x\""}) {
      dir.write(name, text);
      EXPECT_ERROR(open(), name);
    }
    dir.write(name, "{}" + std::string(2 << 20, ' '));
    EXPECT_ERROR(open(), "that its kind may have");
    dir.write(name, "{}");
  }
  EXPECT_OK(open());
}

TEST_F(Directory, WrongPathsSayWhatToGive) {
  EXPECT_ERROR(open(), "holds no model");
  dir.write("pytorch_model.bin", "x");
  EXPECT_ERROR(open(), "convert them to safetensors");
  EXPECT_ERROR(Checkpoint::open(dir / "pytorch_model.bin"), "convert them to safetensors");
  dir.write("model.safetensors", one_tensor("a"));
  EXPECT_ERROR(Checkpoint::open(dir / "model.safetensors"), "give the directory that holds it");
  EXPECT_ERROR(Checkpoint::open(dir / "config.json"), "give the directory that holds it");
  EXPECT_ERROR(Checkpoint::open(dir.write("notes.txt", "GG")), "is not a model");
  EXPECT_ERROR(Checkpoint::open(dir / "missing"), "does not exist");
  EXPECT_ERROR(Checkpoint::open(dir / "missing.gguf"), "does not exist");
  EXPECT_ERROR(Checkpoint::open(""), "does not exist");
  std::filesystem::remove(dir / "config.json");
  EXPECT_ERROR(open(), "no config.json");
}

TEST_F(Directory, GgufAloneOrBesideAConfig) {
  GgufWriter().write(dir / "model.gguf");
  EXPECT_EQ(value_of(open()).format(), CheckpointFormat::kGguf);
  GgufWriter().write(dir / "no_suffix");
  EXPECT_EQ(value_of(Checkpoint::open(dir / "no_suffix")).format(), CheckpointFormat::kGguf);
  dir.write("model.safetensors", one_tensor("a"));
  EXPECT_EQ(value_of(open()).format(), CheckpointFormat::kHuggingFace);
  std::filesystem::remove(dir / "config.json");
  EXPECT_EQ(value_of(open()).format(), CheckpointFormat::kGguf);
  GgufWriter().write(dir / "second.gguf");
  EXPECT_ERROR(open(), "model.gguf, second.gguf");
}

TEST(Checkpoint, LargeTensorsAreNotReadAsFloats) {
  const TempDir dir;
  SafetensorsWriter w;
  w.describe("x", "F8_E4M3", {4097, 4096}, 4097 * 4096);
  const std::string path = dir.write("model.safetensors", w.bytes());
  std::filesystem::resize_file(path, static_cast<uintmax_t>(w.file_size()));
  dir.write("config.json", "{}");
  const Checkpoint checkpoint = value_of(Checkpoint::open(dir.path()));
  const Result<std::vector<float>> floats = checkpoint.read_floats(*checkpoint.find("x"));
  ASSERT_FALSE(floats.ok());
  EXPECT_EQ(floats.error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace tug

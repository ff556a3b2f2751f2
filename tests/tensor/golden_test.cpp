// Every decoder against ggml, bit for bit.
//
// kShort: two blocks per type, decoded by ggml's own C code. kLong: 512 blocks of raw bytes, so with every
// scale, zero sign, infinity and grid vector, decoded by gguf-py 0.19:
//
//   y = gguf.quants.dequantize(pseudo_bytes[: 512 * block_bytes], type)
//   y.view(uint32)[isnan(y)] = 0x7fc00000
//   sha256(y.tobytes())
#include <gtest/gtest.h>

#include <cmath>

#include "support/sha256.h"
#include "tensor/formats/iq_grids.h"
#include "tensor/pseudo_bytes.h"
#include "tensor/type.h"

namespace tug {
namespace {

constexpr uint16_t kScale = 0x2c66;  // f16, written over a block's random d
constexpr uint16_t kMin = 0x2a3d;    // f16, written over its minimum

template <class T>
void put(std::byte* block, size_t offset, T value) {
  std::memcpy(block + offset, &value, sizeof(value));
}

// IQ1_M keeps its scale in the top nibbles of four words.
void force_iq1_m_scale(std::byte* block) {
  for (size_t w = 0; w < 4; ++w) {
    std::byte& top = block[48 + 2 * w + 1];
    top = (top & std::byte{0x0f}) | static_cast<std::byte>((kScale >> (4 * w) & 15) << 4);
  }
}

std::vector<float> decode(const TypeInfo& info, const std::vector<std::byte>& bytes) {
  const auto blocks = static_cast<int64_t>(bytes.size()) / info.block_bytes;
  std::vector<float> values(static_cast<size_t>(blocks * info.block_elements));
  info.decode(bytes.data(), blocks, values.data());
  return values;
}

template <class T>
std::string hash_of(const T& values) {
  return Sha256::hex(std::as_bytes(std::span(values)));
}

struct ShortGolden {
  Type type;
  void (*patch)(std::byte* block);
  float first[4];
  float last;
  const char* sha256;
};

// clang-format off
const ShortGolden kShort[] = {
    {Type::kQ4_0, [](std::byte* block) { put(block, 0, kScale); },
     {0.206176758f, -0.412353516f, 0.0f, 0.274902344f}, 0.481079102f,
     "ff508db3ce77257984827c7f0c375842b9829a222376b0f2ab75f0d6fd829245"},
    {Type::kQ4_1, [](std::byte* block) { put(block, 0, kScale); put(block, 2, kMin); },
     {0.59854126f, 0.873443604f, 1.01089478f, 0.873443604f}, 0.392364502f,
     "9c7151190f5247086cabc6c7c2398b039b3854864457c68e6a56be594a9f50a8"},
    {Type::kQ5_0, [](std::byte* block) { put(block, 0, kScale); },
     {0.962158203f, 0.824707031f, -0.549804688f, 0.549804688f}, -0.412353516f,
     "0a1be2197981e57daf67377e04749a7c33138f8f57643e5b5cf9ac0b43de2b82"},
    {Type::kQ5_1, [](std::byte* block) { put(block, 0, kScale); put(block, 2, kMin); },
     {0.59854126f, 0.59854126f, 0.735992432f, 2.11050415f}, 0.873443604f,
     "8b1efda4c1c73f6b76325b382623263644c9028c734d0336e607afe36606555a"},
    {Type::kQ8_0, [](std::byte* block) { put(block, 0, kScale); },
     {-8.04089355f, -6.46020508f, -1.64941406f, 1.92431641f}, -3.64245605f,
     "541736819d2cedc2141ce40d068538fe0bdb47140a1f258ae46c001dfd571fe0"},
    {Type::kQ2_K, [](std::byte* block) { put(block, 80, kScale); put(block, 82, kMin); },
     {0.34362793f, 0.34362793f, 1.03088379f, 1.03088379f}, -0.292419434f,
     "a2b3c2d7b094d55b24084f349a831faf3e511658364b7140277b1825fc56b108"},
    {Type::kQ3_K, [](std::byte* block) { put(block, 108, kScale); },
     {0.824707031f, -0.824707031f, 0.824707031f, -0.824707031f}, -0.824707031f,
     "3200f68b4c0422b7334b319b7d37ec6f2ff76e1273744fc470715bd4fa6fb6e2"},
    {Type::kQ4_K, [](std::byte* block) { put(block, 0, kScale); put(block, 2, kMin); },
     {12.5754395f, 12.5754395f, 18.0734863f, 7.07739258f}, 18.5520935f,
     "57dceca3487638eff1f142a796656c7f47daccdbce48f2ab36b176dd06f22bbe"},
    {Type::kQ5_K, [](std::byte* block) { put(block, 0, kScale); put(block, 2, kMin); },
     {56.5598145f, 67.5559082f, 53.810791f, 59.3088379f}, -0.389892578f,
     "302c7c23cf1f2528a9fa81a3d8c597d7d4015eb5d0f4f7853851305ea6a091ae"},
    {Type::kQ6_K, [](std::byte* block) { put(block, 208, kScale); },
     {116.902222f, 111.335449f, -27.8338623f, 11.1335449f}, -16.0817871f,
     "ff0f609371c378ee8e186ae5f51d22eb22f4ea3c9a80c32bd8b7f0a410c6246f"},
    {Type::kIQ2_XXS, [](std::byte* block) { put(block, 0, kScale); },
     {1.71813965f, -9.23500061f, -1.71813965f, -5.3691864f}, 7.01860046f,
     "0586a8499eca3f31d22e33e33e2496d82029ae57c9200875817047a7fbf93d4a"},
    {Type::kIQ2_XS, [](std::byte* block) { put(block, 0, kScale); },
     {-4.93965149f, 4.93965149f, 4.93965149f, 1.58068848f}, -3.22151184f,
     "45c10fe9d480ec85533ea579d8f77717b5330d27f58e2a5b518183c283d394d0"},
    {Type::kIQ2_S, [](std::byte* block) { put(block, 0, kScale); },
     {1.30578613f, -4.08058167f, 1.30578613f, 4.08058167f}, 0.0687255859f,
     "a2f99183b2953ca125ee834a991c2a0ee8598013a1a701be057d99df00eb9f61"},
    {Type::kIQ3_XXS, [](std::byte* block) { put(block, 0, kScale); },
     {-3.77990723f, -3.09265137f, 5.32623291f, -1.71813965f}, -1.58068848f,
     "5ce49d136459e939e0db34518454d33591b9e28ff8cf0995c5aed74fab186779"},
    {Type::kIQ3_S, [](std::byte* block) { put(block, 0, kScale); },
     {-9.2779541f, 7.21618652f, 13.4014893f, -9.2779541f}, -1.58068848f,
     "275dd59199a65b266dbc07a9b963442a54d55dd684644a822cd45b9a9b0280fe"},
    {Type::kIQ1_S, [](std::byte* block) { put(block, 0, kScale); },
     {-0.128860474f, -0.128860474f, -0.128860474f, -1.15974426f}, -0.78175354f,
     "7376375a1b9f18975e56859a07dfdde5caf0588ec58e86cef67bb67382b6d492"},
    {Type::kIQ1_M, force_iq1_m_scale,
     {0.850479126f, 0.0944976807f, 0.0944976807f, -0.661483765f}, 0.541213989f,
     "36a2759ea8f0a0aef804731a1128f53d80ac76ef1c53c14e70d76308e1ce91fc"},
    {Type::kIQ4_NL, [](std::byte* block) { put(block, 0, kScale); },
     {2.61157227f, -5.70422363f, 0.0687255859f, 3.64245605f}, 7.76599121f,
     "039d2766b17abbe87434ef094e503815f0227cca80c4eba4a9d8ba5e7da5457d"},
    {Type::kIQ4_XS, [](std::byte* block) { put(block, 0, kScale); },
     {1.64941406f, 1.64941406f, 41.2353516f, 146.797852f}, -47.4206543f,
     "d3e0d6cf0e54a3ea38aa66810da7407a67c3826bed00cf58502671afbc1e7ace"},
    {Type::kMXFP4, [](std::byte* block) { block[0] = std::byte{0x7b}; },
     {0.125f, -0.09375f, 0.0625f, 0.0f}, 0.125f,
     "babc44a79c447b7a46d70612c4faf27197a2ce9d439ad5b6395d36a3f6f360f0"},
    {Type::kNVFP4, [](std::byte* block) { put(block, 0, uint32_t{0x41303c38}); },
     {0.0f, -2.0f, -4.0f, -2.0f}, 9.0f,
     "13ef7f18d61c98749c863b3fcea38aaa20903ae70086755f7039e3f6d83f314b"},
};

struct LongGolden {
  const char* name;
  const char* sha256;
};

const LongGolden kLong[] = {
    {"F16", "567d5315eb395c622c95ebbd5b9240044acc10a9bd4ff4b8957123cc21d96b86"},
    {"Q4_0", "c4f31b701deaef115052d6ae3fd76c74894db841837fd790fb1ea15de8854f50"},
    {"Q4_1", "3a6b6960db4a0271864edcb31190fc4d396bb43fb31517badf10b8d65aac6436"},
    {"Q5_0", "5249ed65859e5768dca33b799807c1f444f47ffcc843a1fe2a1ae4df13b335f3"},
    {"Q5_1", "25d735781cd39b6a7c120a1bfc0bfcd3318287bc5d5284686c443f4427a11205"},
    {"Q8_0", "84b8a47eaef445fc1cc3e24b698609c46a3e3f2040cc4049585ecd73648f73e7"},
    {"Q2_K", "ed0fc60b8477ceed0798c67a72ed33636ecac9dbaae09bd7c1e46f35b616c90e"},
    {"Q3_K", "98089a0f6bf6bbffb5ab93bfeea01b3bf7f3e75b9fe0fc0e69d623b439486cff"},
    {"Q4_K", "3bcf8a8adee7bc4dceeb85eabb0c5e82efcd615ba1e8b69c88c2b28dadec4c4f"},
    {"Q5_K", "83f93f847c51de8fdcd3c878968c6fe1e57be5e9a60e98b74949bf7ea4af1e16"},
    {"Q6_K", "8adb4e61f69700e66557dbbfa9a14babbe86944ebf18b29ec35f966bb9e80cc5"},
    {"IQ2_XXS", "50bd893b191c6067ab1697f7864ef60a75229e7098143b90c5025028bd1f4ae5"},
    {"IQ2_XS", "0528bb5352e8f6a11f5d6f2e8e9002b1623d2ba42bd12c7f8291ffc8d9ab5602"},
    {"IQ3_XXS", "31a321a74724e30609ed5bd0a9b2fdaf6d29af39172e876577ea0bc53cfce3f5"},
    {"IQ1_S", "6207a27010e4cddcdb12ba63011fa6eed9123bf080ec1008f7293a65ca632bb6"},
    {"IQ4_NL", "ac275aa841ab6b3d14246be58d0dad2b86a9a54ae6f5cfdaf6e4a468b1ed394b"},
    {"IQ3_S", "bec0de7f02befcb834e50de7f602062192f6467fe937468f30956225b657ab0d"},
    {"IQ2_S", "756c8b609ab5545db36618f707f6970326693d2fc037360d0f1b59318a247202"},
    {"IQ4_XS", "5ffe322c6493576d882960d52f8fbd092d1822d540c1c9448e269cad2fcd6826"},
    {"IQ1_M", "3738720835e651b012bc59e621a9b888f59a7e92e6f39e4b6a78199c61d5a36a"},
    {"BF16", "9fa91a6ed8e15606788a4702ed4600a85b3ec951f400f8f3a2324dec737fcd61"},
    {"TQ1_0", "5cd133f402f1c2142a95f265829d8d806ca1ab91a501e0ddd0cb1bd55f81f0a0"},
    {"TQ2_0", "b17d4adcad9eb6275cdb84b3f76486129b8494ed0e8fbda2b589c84c8f46eb15"},
    {"MXFP4", "55cd7cd661563c862c0bb01d43527476fd491c87b2e5c88c783a0a917f624c8a"},
    {"NVFP4", "8570ebe8eff1977aad7b26705263ca39bfc41cbe510fb622e09791011314fbc0"},
};
// clang-format on

TEST(Golden, Sha256IsRight) {
  EXPECT_EQ(Sha256::hex(as_bytes("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256::hex({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256::hex(as_bytes(std::string(1000000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Golden, TwoBlocksAsInGgml) {
  for (const ShortGolden& golden : kShort) {
    const TypeInfo& info = type_info(golden.type);
    SCOPED_TRACE(info.name);
    std::vector<std::byte> bytes = PseudoBytes().bytes(static_cast<size_t>(2 * info.block_bytes));
    golden.patch(bytes.data());
    golden.patch(bytes.data() + info.block_bytes);
    const std::vector<float> values = decode(info, bytes);
    for (size_t i = 0; i < 4; ++i) EXPECT_FLOAT_EQ(values[i], golden.first[i]);
    EXPECT_FLOAT_EQ(values.back(), golden.last);
    EXPECT_EQ(hash_of(values), golden.sha256);
  }
}

TEST(Golden, RawBytesAsInGgufPy) {
  for (const LongGolden& golden : kLong) {
    SCOPED_TRACE(golden.name);
    const std::optional<Type> type = type_from_name(golden.name);
    ASSERT_TRUE(type);
    const TypeInfo& info = type_info(*type);
    std::vector<float> values =
        decode(info, PseudoBytes().bytes(static_cast<size_t>(512 * info.block_bytes)));
    for (float& value : values) {
      if (std::isnan(value)) value = std::bit_cast<float>(0x7fc00000u);
    }
    EXPECT_EQ(hash_of(values), golden.sha256);
  }
}

// Every format but F32 (a copy) and F8_E4M3 (not GGUF's; float_test.cpp) has a golden above.
TEST(Golden, NoFormatIsForgotten) { EXPECT_EQ(std::size(kLong) + 2, all_types().size()); }

// Why: a file may place a tensor at any byte, and the decoders must not rely on alignment.
TEST(Golden, UnalignedBlocksDecodeAlike) {
  for (const TypeInfo& info : all_types()) {
    SCOPED_TRACE(info.name);
    std::vector<std::byte> bytes = PseudoBytes().bytes(static_cast<size_t>(3 * info.block_bytes));
    const std::vector<float> aligned = decode(info, bytes);
    bytes.insert(bytes.begin(), std::byte{0});
    std::vector<float> shifted(aligned.size());
    info.decode(bytes.data() + 1, 3, shifted.data());
    EXPECT_EQ(hash_of(aligned), hash_of(shifted));
  }
}

// The hashes of ggml's own tables.
TEST(Golden, IqGrids) {
  EXPECT_EQ(hash_of(kIq2xxsGrid), "05826b5d3e472a3a78f196be62ac78acf81df0f909626e12ab9fa2a5d490dd54");
  EXPECT_EQ(hash_of(kIq2xsGrid), "06e47aaca60b4dc1d9b5a3f34540437058a6b142b4d7a59d5ded769b4d1bf1de");
  EXPECT_EQ(hash_of(kIq2sGrid), "e1aa1473412b0552c2174c30ef22ab4073f6a181b85a17056e8249bd2932fd88");
  EXPECT_EQ(hash_of(kIq3xxsGrid), "46e35f5a997efdee6c99ce57854c8a0d4f0ff8ca57e5e8a60c0793ea580acf5d");
  EXPECT_EQ(hash_of(kIq3sGrid), "bd1af4945a1717c65610b0284e4628b9a1ba3b306fae3a06f6e5f597356e349f");
  EXPECT_EQ(hash_of(kIq1sGrid), "07540ffc1aeaf6ad4d97e96b0fcc765aae39671d4ae4a27bbd0e796fde167c6a");
}

}  // namespace
}  // namespace tug

// The next block's experts, guessed one block ahead: a block changes x little, so the next router mostly
// chooses for x what it will choose for what becomes of it (Eliseev and Mazur 2023, arXiv:2312.17238).
#include "backends/cpu/moe_step.h"
#include "backends/cpu/router.h"

namespace tug::cpu::moe {

void foresee(const Step& s) {
  if (s.next == nullptr || !s.cpu.store->streams()) return;
  const auto& moe = std::get<MoeFfn>(s.next->work);
  const ByteView router = s.cpu.store->pinned({s.next->index, -1}, moe.router);
  const Buffers& b = s.buffers;
  const int64_t top_k = moe.rule.top_k, experts = static_cast<int64_t>(moe.experts.size());
  if (router.empty() || experts != b.experts || top_k != s.moe.rule.top_k) return;

  norm_rows(s.cpu, s.next->norm, s.x, forms_of({&moe.router}), b.ahead);
  const Product product = {.linear = &moe.router, .input = &b.ahead, .count = s.x.rows, .out = b.logits};
  const Product whole = product.with(router);
  multiply(s.cpu, {&whole, 1});
  for (int64_t row = 0; row < s.x.rows; ++row) {
    route(*s.cpu.kernels, moe.rule, experts, b.logits + row * experts, b.chosen + row * top_k,
          b.weights + row * top_k);
  }
  size_t count = 0;
  for (int64_t rank = 0; rank < top_k; ++rank) {
    for (int64_t row = 0; row < s.x.rows; ++row)
      b.likely[count++] = {s.next->index, b.chosen[row * top_k + rank]};
  }
  s.cpu.store->suggest({b.likely, count});
}

}  // namespace tug::cpu::moe

// The backend for CPUs: packed weights, one thread pool, instructions chosen at run time, and the same bits
// whatever the batch, the chunk, the threads and the instruction set (ARCHITECTURE.md says how).
#pragma once

#include <vector>

#include "backends/backend.h"
#include "backends/cpu/blocks.h"
#include "platform/cpu.h"
#include "platform/memory.h"

namespace tug {

class CpuBackend : public Backend {
 public:
  /// The instruction set must be available; the pool must outlive the backend.
  CpuBackend(Isa isa, KvType kv, ThreadPool& pool);

  std::string_view name() const override { return "cpu"; }

  int64_t packed_size(const Matrix& matrix) const override;
  void pack(const Matrix& matrix, const RawRows& raw, MutableByteView slot) const override;

  Status prepare(const Plan& plan, WeightStore& store, MemoryBudget& budget) override;
  Status place(int64_t rows_max) override;
  int64_t pass_bytes(const Plan& plan, int64_t rows_max) const override;
  StateLayout state_layout(const Plan& plan) const override;
  Result<std::unique_ptr<HiddenStates>> new_hidden(int64_t rows_max) const override;
  void set_hidden(HiddenStates& x, int64_t row, std::span<const float> embedding) const override;
  void run(const Block& block, std::span<const Row> rows, HiddenStates& x, RowErrors& errors) override;
  Status head(const HiddenStates& x, std::span<const int32_t> which, View<float> logits) override;

 private:
  std::vector<cpu::BlockConstants> shapes(const Plan& plan) const;
  int64_t workspace_bytes(const Plan& plan, int64_t rows_max) const;
  int64_t scratch_bytes() const;

  cpu::Cpu cpu_;
  KvType kv_;
  MemoryBudget* budget_ = nullptr;
  const Plan* plan_ = nullptr;
  std::vector<cpu::BlockConstants> constants_;  // by Block::index
  Arena scratch_, memory_;
};

}  // namespace tug

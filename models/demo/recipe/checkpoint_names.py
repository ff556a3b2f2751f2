"""The trainer's weights under the names of Qwen3_5MoeForCausalLM (fused experts), and its config."""

import torch


def names(P, c):
    o = {
        "model.embed_tokens.weight": P["emb"],
        "model.norm.weight": P["norm"],
        "mtp.fc.weight": P["mtp.fc"],
        "mtp.pre_fc_norm_embedding.weight": P["mtp.ne"],
        "mtp.pre_fc_norm_hidden.weight": P["mtp.nh"],
        "mtp.norm.weight": P["mtp.norm"],
    }
    for layer in [*range(c.layers), "mtp"]:
        p = f"{layer}."
        q = "mtp.layers.0." if layer == "mtp" else f"model.layers.{layer}."
        s = P[p + "win"].split(c.split(layer))
        o[q + "input_layernorm.weight"] = P[p + "ln1"]
        o[q + "post_attention_layernorm.weight"] = P[p + "ln2"]
        if c.full(layer):
            H = c.hidden
            o[q + "self_attn.q_proj.weight"] = torch.stack(
                [s[0].view(c.heads, c.hd, H), s[1].view(c.heads, c.hd, H)], 1
            ).reshape(-1, H)  # per head: query rows, gate rows
            o[q + "self_attn.k_proj.weight"], o[q + "self_attn.v_proj.weight"] = s[2], s[3]
            o[q + "self_attn.o_proj.weight"] = P[p + "wo"]
            o[q + "self_attn.q_norm.weight"], o[q + "self_attn.k_norm.weight"] = P[p + "qn"], P[p + "kn"]
        else:
            a = q + "linear_attn."
            o[a + "in_proj_qkv.weight"] = torch.cat(s[:3])
            o[a + "in_proj_z.weight"] = s[3]
            o[a + "in_proj_b.weight"], o[a + "in_proj_a.weight"] = P[p + "wba"].split(c.hv)
            o[a + "conv1d.weight"] = P[p + "cw"].t()[:, None]
            o[a + "A_log"] = P[p + "A"]
            o[a + "dt_bias"] = P[p + "dt"]
            o[a + "norm.weight"] = P[p + "nw"]
            o[a + "out_proj.weight"] = P[p + "wo"]
        m = q + "mlp."
        o[m + "gate.weight"] = P[p + "wr"][:-1]
        o[m + "shared_expert_gate.weight"] = P[p + "wr"][-1:]
        o[m + "experts.gate_up_proj"] = P[p + "w1"]
        o[m + "experts.down_proj"] = P[p + "w2"]
        o[m + "shared_expert.gate_proj.weight"], o[m + "shared_expert.up_proj.weight"] = P[p + "s1"].split(
            c.shared
        )
        o[m + "shared_expert.down_proj.weight"] = P[p + "s2"]
    return {k: v.contiguous() for k, v in o.items()}


def config(c):
    return dict(
        architectures=["Qwen3_5MoeForCausalLM"],
        model_type="qwen3_5_moe_text",
        attention_bias=False,
        attention_dropout=0.0,
        attn_output_gate=True,
        bos_token_id=None,
        eos_token_id=c.vocab - 7,
        pad_token_id=c.vocab - 9,
        head_dim=c.hd,
        hidden_act="silu",
        hidden_size=c.hidden,
        initializer_range=0.02,
        full_attention_interval=c.every,
        layer_types=["full_attention" if c.full(layer) else "linear_attention" for layer in range(c.layers)],
        linear_conv_kernel_dim=c.kern,
        linear_key_head_dim=c.hd,
        linear_num_key_heads=c.hk,
        linear_num_value_heads=c.hv,
        linear_value_head_dim=c.hd,
        max_position_embeddings=2048,
        moe_intermediate_size=c.inter,
        num_attention_heads=c.heads,
        num_experts=c.experts,
        num_experts_per_tok=2,
        num_hidden_layers=c.layers,
        num_key_value_heads=c.kv,
        output_router_logits=False,
        rms_norm_eps=c.eps,
        router_aux_loss_coef=0.001,
        shared_expert_intermediate_size=c.shared,
        tie_word_embeddings=True,
        use_cache=True,
        vocab_size=c.vocab,
        rope_theta=c.theta,
        partial_rotary_factor=c.rot / c.hd,
        torch_dtype="bfloat16",
        mtp_num_hidden_layers=1,
        mtp_use_dedicated_embeddings=False,
    )

// Training kernels of the hybrid model: everything between the matrix products, forward and backward, on packed
// documents. Matrices move as bfloat16, all arithmetic here is float32. off[0..nd] are the document boundaries; no
// kernel looks across one. README.md says how to build it.
#include <omp.h>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>
#ifdef EXACT
typedef float bf;  // the same kernels with float32 matrices, for checks
#else
typedef uint16_t bf;
#endif
typedef float v16 __attribute__((vector_size(64)));
#ifdef EXACT
static inline float ld(bf x) { return x; }
static inline bf st(float f) { return f; }
#else
static inline float ld(bf x) {
  uint32_t u = (uint32_t)x << 16;
  float f;
  memcpy(&f, &u, 4);
  return f;
}
static inline bf st(float f) {
  uint32_t u;
  memcpy(&u, &f, 4);
  u += 0x7fff + ((u >> 16) & 1);
  return (bf)(u >> 16);
}
#endif
static inline float sig(float x) { return 1.f / (1.f + expf(-x)); }
static inline float* room(size_t n) { return (float*)aligned_alloc(64, (n * 4 + 127) / 64 * 64); }
const int D = 32;  // head size of keys and values, in both kinds of layer

// ---------------------------------------------------------------- y = x / rms(x) * (1 + w)
extern "C" void rms_fwd(const float* x, const float* w, bf* y, int N, int H, float eps) {
#pragma omp parallel for
  for (int n = 0; n < N; n++) {
    const float* a = x + (size_t)n * H;
    float s = 0;
    for (int i = 0; i < H; i++) s += a[i] * a[i];
    float r = 1.f / sqrtf(s / H + eps);
    bf* o = y + (size_t)n * H;
    for (int i = 0; i < H; i++) o[i] = st(a[i] * r * (1.f + w[i]));
  }
}
// gradient of the input is added to gx, of the weight to gw; the incoming gradient is bf16 (gb) or float (gf)
extern "C" void rms_bwd(const bf* gb, const float* gf, const float* x, const float* w, float* gx, float* gw,
                        int N, int H, float eps) {
#pragma omp parallel
  {
    std::vector<float> acc(H, 0.f), g(H);
#pragma omp for
    for (int n = 0; n < N; n++) {
      const float* a = x + (size_t)n * H;
      float s = 0, d = 0;
      for (int i = 0; i < H; i++) s += a[i] * a[i];
      float r = 1.f / sqrtf(s / H + eps);
      if (gb)
        for (int i = 0; i < H; i++) g[i] = ld(gb[(size_t)n * H + i]);
      else
        for (int i = 0; i < H; i++) g[i] = gf[(size_t)n * H + i];
      for (int i = 0; i < H; i++) {
        float m = a[i] * r;
        acc[i] += g[i] * m;
        g[i] *= 1.f + w[i];
        d += g[i] * m;
      }
      d /= H;
      float* o = gx + (size_t)n * H;
      for (int i = 0; i < H; i++) o[i] += r * (g[i] - a[i] * r * d);
    }
#pragma omp critical
    for (int i = 0; i < H; i++) gw[i] += acc[i];
  }
}

// ---------------------------------------------------------------- Gated DeltaNet
// row of u: q [Hk*D] k [Hk*D] v [Hv*D] z [Hv*D] b [Hv] a [Hv]; cw is the short convolution [4][C], C = (2 Hk
// + Hv) D
static void unpack(const bf* p, int ldu, int T, float* f) {
  for (int t = 0; t < T; t++)
    for (int j = 0; j < D; j++) f[t * D + j] = ld(p[(size_t)t * ldu + j]);
}
static void conv(const float* f, int T, const float* cw, int C, float* c) {
  for (int t = 0; t < T; t++)
    for (int j = 0; j < D; j++) {
      float s = cw[3 * C + j] * f[t * D + j];
      if (t > 0) s += cw[2 * C + j] * f[(t - 1) * D + j];
      if (t > 1) s += cw[C + j] * f[(t - 2) * D + j];
      if (t > 2) s += cw[j] * f[(t - 3) * D + j];
      c[t * D + j] = s;
    }
}
static void conv_back(const float* dc, const float* f, int T, const float* cw, int C, bf* gu, int ldu,
                      float* gcw) {
  for (int t = 0; t < T; t++)
    for (int j = 0; j < D; j++) {
      float s = 0;
      for (int k = 0; k < 4; k++)
        if (t + 3 - k < T) s += cw[k * C + j] * dc[(t + 3 - k) * D + j];
      gu[(size_t)t * ldu + j] = st(s);
    }
  for (int k = 0; k < 4; k++)
    for (int t = 3 - k; t < T; t++)
      for (int j = 0; j < D; j++) gcw[k * C + j] += dc[t * D + j] * f[(t - 3 + k) * D + j];
}
static void silu(const float* c, float* s, int n) {
  for (int i = 0; i < n; i++) s[i] = c[i] / (1.f + expf(-c[i]));
}
static void silu_back(const float* c, float* d, int n) {
  for (int i = 0; i < n; i++) {
    float g = 1.f / (1.f + expf(-c[i]));
    d[i] *= g * (1.f + c[i] * (1.f - g));
  }
}
static void unit(const float* s, float* o, float* r, int T, float scale) {
  for (int t = 0; t < T; t++) {
    float q = 1e-6f;
    for (int j = 0; j < D; j++) q += s[t * D + j] * s[t * D + j];
    r[t] = 1.f / sqrtf(q);
    for (int j = 0; j < D; j++) o[t * D + j] = s[t * D + j] * r[t] * scale;
  }
}
static void unit_back(const float* o, const float* r, float* d, int T, float scale) {  // o = n * scale
  for (int t = 0; t < T; t++) {
    float m = 0;
    for (int j = 0; j < D; j++) m += o[t * D + j] * d[t * D + j];
    for (int j = 0; j < D; j++) d[t * D + j] = r[t] * (scale * d[t * D + j] - o[t * D + j] * m / scale);
  }
}
static inline float sum16(v16 v) {
  float s = 0;
  for (int i = 0; i < 16; i++) s += v[i];
  return s;
}
// S <- a S + k (x) delta, delta = beta (v - a S'k), o = S' q
static inline void step(v16* S, const float* q, const float* k, const float* v, float a, float beta,
                        float* delta, float* vmr, float* o) {
  v16 z = {};
  v16 r0 = z, r1 = z, r2 = z, r3 = z, p0 = z, p1 = z, p2 = z, p3 = z;
  float kq = 0;
  for (int i = 0; i < D; i += 2) {
    v16 s0 = S[2 * i], s1 = S[2 * i + 1], s2 = S[2 * i + 2], s3 = S[2 * i + 3];
    r0 += s0 * k[i];
    r1 += s1 * k[i];
    r2 += s2 * k[i + 1];
    r3 += s3 * k[i + 1];
    p0 += s0 * q[i];
    p1 += s1 * q[i];
    p2 += s2 * q[i + 1];
    p3 += s3 * q[i + 1];
    kq += k[i] * q[i] + k[i + 1] * q[i + 1];
  }
  const v16* vv = (const v16*)v;
  v16 m0 = vv[0] - a * (r0 + r2), m1 = vv[1] - a * (r1 + r3), d0 = beta * m0, d1 = beta * m1;
  if (vmr) {
    ((v16*)vmr)[0] = m0;
    ((v16*)vmr)[1] = m1;
  }
  if (delta) {
    ((v16*)delta)[0] = d0;
    ((v16*)delta)[1] = d1;
  }
  ((v16*)o)[0] = a * (p0 + p2) + kq * d0;
  ((v16*)o)[1] = a * (p1 + p3) + kq * d1;
  for (int i = 0; i < D; i++) {
    S[2 * i] = a * S[2 * i] + k[i] * d0;
    S[2 * i + 1] = a * S[2 * i + 1] + k[i] * d1;
  }
}
extern "C" void gdn_fwd(const bf* u, int ldu, const float* cw, const float* Alog, const float* dt,
                        const float* nw, const int* off, int nd, int Hk, int Hv, bf* y, float eps) {
  int Kd = Hk * D, Vd = Hv * D, C = 2 * Kd + Vd, R = Hv / Hk, Tm = 0;
  for (int i = 0; i < nd; i++)
    if (off[i + 1] - off[i] > Tm) Tm = off[i + 1] - off[i];
#pragma omp parallel
  {
    float *f = room(Tm * D), *c = room(Tm * D), *q = room(Tm * D), *k = room(Tm * D), *v = room(Tm * D),
          *r = room(Tm), *o = room(D);
    v16* S = (v16*)room(D * D);
#pragma omp for schedule(dynamic, 1)
    for (int task = 0; task < nd * Hk; task++) {
      int d = task / Hk, h = task % Hk, b = off[d], T = off[d + 1] - b;
      const bf* ub = u + (size_t)b * ldu;
      unpack(ub + h * D, ldu, T, f);
      conv(f, T, cw + h * D, C, c);
      silu(c, c, T * D);
      unit(c, q, r, T, 1.f / sqrtf(D));
      unpack(ub + Kd + h * D, ldu, T, f);
      conv(f, T, cw + Kd + h * D, C, c);
      silu(c, c, T * D);
      unit(c, k, r, T, 1.f);
      for (int e = h * R; e < h * R + R; e++) {
        unpack(ub + 2 * Kd + e * D, ldu, T, f);
        conv(f, T, cw + 2 * Kd + e * D, C, c);
        silu(c, v, T * D);
        float A = -expf(Alog[e]);
        memset(S, 0, D * D * 4);
        for (int t = 0; t < T; t++) {
          const bf* ut = ub + (size_t)t * ldu;
          float x = ld(ut[C + Vd + Hv + e]) + dt[e], a = expf(A * (x > 20 ? x : log1pf(expf(x)))),
                beta = sig(ld(ut[C + Vd + e]));
          step(S, q + t * D, k + t * D, v + t * D, a, beta, 0, 0, o);
          float m = 0;
          for (int j = 0; j < D; j++) m += o[j] * o[j];
          m = 1.f / sqrtf(m / D + eps);
          bf* yt = y + (size_t)(b + t) * Vd + e * D;
          for (int j = 0; j < D; j++) {
            float z = ld(ut[C + e * D + j]);
            yt[j] = st(nw[j] * o[j] * m * z / (1.f + expf(-z)));
          }
        }
      }
    }
    free(f);
    free(c);
    free(q);
    free(k);
    free(v);
    free(r);
    free(o);
    free(S);
  }
}
extern "C" void gdn_bwd(const bf* gy, const bf* u, int ldu, const float* cw, const float* Alog,
                        const float* dt, const float* nw, const int* off, int nd, int Hk, int Hv, bf* gu,
                        float* gcw, float* gA, float* gdt, float* gnw, float eps) {
  const int CH = 16;
  int Kd = Hk * D, Vd = Hv * D, C = 2 * Kd + Vd, R = Hv / Hk, Tm = 0;
  for (int i = 0; i < nd; i++)
    if (off[i + 1] - off[i] > Tm) Tm = off[i + 1] - off[i];
#pragma omp parallel
  {
    size_t M = (size_t)Tm * D;
    float *fq = room(M), *cq = room(M), *q = room(M), *dq = room(M), *fk = room(M), *ck = room(M),
          *k = room(M), *dk = room(M), *fv = room(M), *cv = room(M), *v = room(M), *dv = room(M),
          *del = room(M), *vmr = room(M), *o = room(M), *rq = room(Tm), *rk = room(Tm), *av = room(Tm),
          *bv = room(Tm), *sp = room(Tm), *tw = room(4 * C), *tn = room(D), X[D], Y[D];
    v16 *S = (v16*)room(D * D), *dS = (v16*)room(D * D), *save = (v16*)room((size_t)(Tm / CH + 1) * D * D),
        *hist = (v16*)room(CH * D * D);
    std::vector<float> tA(Hv, 0.f), tdt(Hv, 0.f);
    memset(tw, 0, 4 * C * 4);
    memset(tn, 0, D * 4);
#pragma omp for schedule(dynamic, 1)
    for (int task = 0; task < nd * Hk; task++) {
      int d = task / Hk, h = task % Hk, b = off[d], T = off[d + 1] - b;
      const bf* ub = u + (size_t)b * ldu;
      bf* gb = gu + (size_t)b * ldu;
      float isq = 1.f / sqrtf(D);
      unpack(ub + h * D, ldu, T, fq);
      conv(fq, T, cw + h * D, C, cq);
      silu(cq, v, T * D);
      unit(v, q, rq, T, isq);
      unpack(ub + Kd + h * D, ldu, T, fk);
      conv(fk, T, cw + Kd + h * D, C, ck);
      silu(ck, v, T * D);
      unit(v, k, rk, T, 1.f);
      memset(dq, 0, T * D * 4);
      memset(dk, 0, T * D * 4);
      for (int e = h * R; e < h * R + R; e++) {
        unpack(ub + 2 * Kd + e * D, ldu, T, fv);
        conv(fv, T, cw + 2 * Kd + e * D, C, cv);
        silu(cv, v, T * D);
        float A = -expf(Alog[e]);
        memset(S, 0, D * D * 4);
        for (int t = 0; t < T; t++) {
          const bf* ut = ub + (size_t)t * ldu;
          float x = ld(ut[C + Vd + Hv + e]) + dt[e];
          sp[t] = x > 20 ? x : log1pf(expf(x));
          av[t] = expf(A * sp[t]);
          bv[t] = sig(ld(ut[C + Vd + e]));
          if (t % CH == 0) memcpy(save + (size_t)t / CH * 2 * D, S, D * D * 4);
          step(S, q + t * D, k + t * D, v + t * D, av[t], bv[t], del + t * D, vmr + t * D, o + t * D);
        }
        for (int t = 0; t < T; t++) {  // gated norm
          const bf *ut = ub + (size_t)t * ldu, *gt = gy + (size_t)(b + t) * Vd + e * D;
          float *ot = o + t * D, m = 0, s = 0, dn[D];
          for (int j = 0; j < D; j++) m += ot[j] * ot[j];
          m = 1.f / sqrtf(m / D + eps);
          for (int j = 0; j < D; j++) {
            float z = ld(ut[C + e * D + j]), g = 1.f / (1.f + expf(-z)), n = ot[j] * m, y = ld(gt[j]);
            tn[j] += y * n * z * g;
            gb[(size_t)t * ldu + C + e * D + j] = st(y * nw[j] * n * g * (1.f + z * (1.f - g)));
            dn[j] = y * nw[j] * z * g;
            s += dn[j] * n;
            ot[j] = n;
          }
          s /= D;
          for (int j = 0; j < D; j++) ot[j] = m * (dn[j] - ot[j] * s);
        }
        memset(dS, 0, D * D * 4);
        for (int c0 = (T - 1) / CH * CH; c0 >= 0; c0 -= CH) {
          int n = T - c0 < CH ? T - c0 : CH;
          memcpy(hist, save + (size_t)c0 / CH * 2 * D, D * D * 4);
          for (int t = c0; t + 1 < c0 + n; t++) {
            v16 *s = hist + (t - c0) * 2 * D, *w = s + 2 * D, d0 = ((v16*)(del + t * D))[0],
                d1 = ((v16*)(del + t * D))[1];
            for (int i = 0; i < D; i++) {
              w[2 * i] = av[t] * s[2 * i] + k[t * D + i] * d0;
              w[2 * i + 1] = av[t] * s[2 * i + 1] + k[t * D + i] * d1;
            }
          }
          for (int t = c0 + n - 1; t >= c0; t--) {
            v16* P = hist + (t - c0) * 2 * D;
            const float *kt = k + t * D, *qt = q + t * D;
            float a = av[t], beta = bv[t];
            v16 o0 = ((v16*)(o + t * D))[0], o1 = ((v16*)(o + t * D))[1], d0 = ((v16*)(del + t * D))[0],
                d1 = ((v16*)(del + t * D))[1], z = {}, e0 = z, e1 = z, acc = z;
            float kq = 0;
            for (int i = 0; i < D; i++) {
              v16 g0 = dS[2 * i], g1 = dS[2 * i + 1], p0 = P[2 * i], p1 = P[2 * i + 1];
              e0 += g0 * kt[i];
              e1 += g1 * kt[i];
              acc += g0 * p0 + g1 * p1;
              X[i] = sum16(g0 * d0 + g1 * d1);
              Y[i] = sum16(p0 * o0 + p1 * o1);
              kq += kt[i] * qt[i];
            }
            float da = sum16(acc), od = sum16(o0 * d0 + o1 * d1), db;
            e0 += kq * o0;
            e1 += kq * o1;
            v16* m = (v16*)(vmr + t * D);
            db = sum16(e0 * m[0] + e1 * m[1]);
            ((v16*)(dv + t * D))[0] = beta * e0;
            ((v16*)(dv + t * D))[1] = beta * e1;
            v16 r0 = -beta * e0, r1 = -beta * e1;
            for (int i = 0; i < D; i++) {
              float Z = sum16(P[2 * i] * r0 + P[2 * i + 1] * r1);
              da += qt[i] * Y[i] + kt[i] * Z;
              dq[t * D + i] += a * Y[i] + kt[i] * od;
              dk[t * D + i] += X[i] + qt[i] * od + a * Z;
              dS[2 * i] = a * (dS[2 * i] + qt[i] * o0 + kt[i] * r0);
              dS[2 * i + 1] = a * (dS[2 * i + 1] + qt[i] * o1 + kt[i] * r1);
            }
            const bf* ut = ub + (size_t)t * ldu;
            float x = ld(ut[C + Vd + Hv + e]) + dt[e], dg = da * a, dx = dg * A * sig(x);
            tA[e] += dg * A * sp[t];
            tdt[e] += dx;
            gb[(size_t)t * ldu + C + Vd + Hv + e] = st(dx);
            gb[(size_t)t * ldu + C + Vd + e] = st(db * beta * (1.f - beta));
          }
        }
        silu_back(cv, dv, T * D);
        conv_back(dv, fv, T, cw + 2 * Kd + e * D, C, gb + 2 * Kd + e * D, ldu, tw + 2 * Kd + e * D);
      }
      unit_back(q, rq, dq, T, isq);
      silu_back(cq, dq, T * D);
      conv_back(dq, fq, T, cw + h * D, C, gb + h * D, ldu, tw + h * D);
      unit_back(k, rk, dk, T, 1.f);
      silu_back(ck, dk, T * D);
      conv_back(dk, fk, T, cw + Kd + h * D, C, gb + Kd + h * D, ldu, tw + Kd + h * D);
    }
#pragma omp critical
    {
      for (int i = 0; i < 4 * C; i++) gcw[i] += tw[i];
      for (int i = 0; i < D; i++) gnw[i] += tn[i];
      for (int i = 0; i < Hv; i++) {
        gA[i] += tA[i];
        gdt[i] += tdt[i];
      }
    }
    for (float* p : {fq,  cq, q,  dq, fk, ck, k,  dk, fv, cv,        v,          dv,           del,
                     vmr, o,  rq, rk, av, bv, sp, tw, tn, (float*)S, (float*)dS, (float*)save, (float*)hist})
      free(p);
  }
}

// ---------------------------------------------------------------- gated full attention
// row of u: q [nq*D] gate [nq*D] k [nkv*D] v [nkv*D]; cs = cos, sin tables [pos][RD/2] for the first RD
// dimensions
static inline float head(const bf* p, const float* w, const float* co, const float* si, int RD, float scale,
                         float eps, float* n, float* o) {
  float m = 0;
  for (int j = 0; j < D; j++) {
    n[j] = ld(p[j]);
    m += n[j] * n[j];
  }
  m = 1.f / sqrtf(m / D + eps);
  for (int j = 0; j < D; j++) {
    n[j] *= m;
    o[j] = n[j] * (1.f + w[j]) * scale;
  }
  for (int i = 0; i < RD / 2; i++) {
    float a = o[i], b = o[i + RD / 2];
    o[i] = a * co[i] - b * si[i];
    o[i + RD / 2] = b * co[i] + a * si[i];
  }
  return m;
}
static inline void head_back(const float* n, float m, const float* w, const float* co, const float* si,
                             int RD, float scale, float* d, bf* g, float* gw) {
  for (int i = 0; i < RD / 2; i++) {
    float a = d[i], b = d[i + RD / 2];
    d[i] = a * co[i] + b * si[i];
    d[i + RD / 2] = b * co[i] - a * si[i];
  }
  float s = 0;
  for (int j = 0; j < D; j++) {
    d[j] *= scale;
    gw[j] += d[j] * n[j];
    d[j] *= 1.f + w[j];
    s += d[j] * n[j];
  }
  s /= D;
  for (int j = 0; j < D; j++) g[j] = st(m * (d[j] - n[j] * s));
}
static void score(const float* q, const float* KT, int Tp, int t,
                  float* p) {  // p[j] = q . k_j for j <= t (rounded up to 16)
  for (int j = 0; j <= t; j += 16) {
    v16 a = {}, b = {};
    for (int i = 0; i < D; i += 2) {
      a += q[i] * *(v16*)(KT + i * Tp + j);
      b += q[i + 1] * *(v16*)(KT + (i + 1) * Tp + j);
    }
    *(v16*)(p + j) = a + b;
  }
}
static void soft(float* p, int t, int te) {
  for (int j = t + 1; j < te; j++) p[j] = -1e30f;
  float m = -1e30f, s = 0;
  for (int j = 0; j < te; j++) m = p[j] > m ? p[j] : m;
  for (int j = 0; j < te; j++) {
    p[j] = expf(p[j] - m);
    s += p[j];
  }
  s = 1.f / s;
  for (int j = 0; j < te; j++) p[j] *= s;
}
extern "C" void attn_fwd(const bf* u, int ldu, const float* qw, const float* kw, const float* co,
                         const float* si, int RD, const int* off, int nd, int nq, int nkv, bf* y, float eps) {
  int G = nq / nkv, Tm = 0;
  for (int i = 0; i < nd; i++)
    if (off[i + 1] - off[i] > Tm) Tm = off[i + 1] - off[i];
  int Tx = (Tm + 15) / 16 * 16;
#pragma omp parallel
  {
    float *KT = room(Tx * D), *V = room(Tx * D), *p = room(Tx), n[D], q[D];
#pragma omp for schedule(dynamic, 1)
    for (int task = 0; task < nd * nkv; task++) {
      int d = task / nkv, h = task % nkv, b = off[d], T = off[d + 1] - b, Tp = (T + 15) / 16 * 16;
      memset(KT, 0, Tp * D * 4);
      for (int t = 0; t < T; t++) {
        const bf* ut = u + (size_t)(b + t) * ldu + 2 * nq * D;
        head(ut + h * D, kw, co + t * RD / 2, si + t * RD / 2, RD, 1.f, eps, n, q);
        for (int i = 0; i < D; i++) {
          KT[i * Tp + t] = q[i];
          V[t * D + i] = ld(ut[(nkv + h) * D + i]);
        }
      }
      for (int e = h * G; e < h * G + G; e++)
        for (int t = 0; t < T; t++) {
          const bf* ut = u + (size_t)(b + t) * ldu;
          head(ut + e * D, qw, co + t * RD / 2, si + t * RD / 2, RD, 1.f / sqrtf(D), eps, n, q);
          score(q, KT, Tp, t, p);
          soft(p, t, (t + 16) / 16 * 16);
          v16 a = {}, c = {};
          for (int j = 0; j <= t; j++) {
            a += p[j] * *(v16*)(V + j * D);
            c += p[j] * *(v16*)(V + j * D + 16);
          }
          bf* yt = y + ((size_t)(b + t) * nq + e) * D;
          for (int j = 0; j < 16; j++) {
            yt[j] = st(a[j] * sig(ld(ut[(nq + e) * D + j])));
            yt[j + 16] = st(c[j] * sig(ld(ut[(nq + e) * D + 16 + j])));
          }
        }
    }
    free(KT);
    free(V);
    free(p);
  }
}
extern "C" void attn_bwd(const bf* gy, const bf* u, int ldu, const float* qw, const float* kw,
                         const float* co, const float* si, int RD, const int* off, int nd, int nq, int nkv,
                         bf* gu, float* gqw, float* gkw, float eps) {
  int G = nq / nkv, Tm = 0;
  for (int i = 0; i < nd; i++)
    if (off[i + 1] - off[i] > Tm) Tm = off[i + 1] - off[i];
  int Tx = (Tm + 15) / 16 * 16;
#pragma omp parallel
  {
    float *KT = room(Tx * D), *VT = room(Tx * D), *K = room(Tx * D), *V = room(Tx * D), *N = room(Tx * D),
          *dK = room(Tx * D), *dV = room(Tx * D), *p = room(Tx), *dp = room(Tx), *rk = room(Tx), *n = room(D),
          *q = room(D), *o = room(D), *dO = room(D), *dq = room(D), tq[D] = {}, tk[D] = {};
#pragma omp for schedule(dynamic, 1)
    for (int task = 0; task < nd * nkv; task++) {
      int d = task / nkv, h = task % nkv, b = off[d], T = off[d + 1] - b, Tp = (T + 15) / 16 * 16;
      memset(KT, 0, Tp * D * 4);
      memset(VT, 0, Tp * D * 4);
      memset(dK, 0, T * D * 4);
      memset(dV, 0, T * D * 4);
      for (int t = 0; t < T; t++) {
        const bf* ut = u + (size_t)(b + t) * ldu + 2 * nq * D;
        rk[t] = head(ut + h * D, kw, co + t * RD / 2, si + t * RD / 2, RD, 1.f, eps, N + t * D, K + t * D);
        for (int i = 0; i < D; i++) {
          KT[i * Tp + t] = K[t * D + i];
          VT[i * Tp + t] = V[t * D + i] = ld(ut[(nkv + h) * D + i]);
        }
      }
      for (int e = h * G; e < h * G + G; e++)
        for (int t = 0; t < T; t++) {
          const bf *ut = u + (size_t)(b + t) * ldu, *gt = gy + ((size_t)(b + t) * nq + e) * D;
          bf* gb = gu + (size_t)(b + t) * ldu;
          int te = (t + 16) / 16 * 16;
          float m = head(ut + e * D, qw, co + t * RD / 2, si + t * RD / 2, RD, 1.f / sqrtf(D), eps, n, q);
          score(q, KT, Tp, t, p);
          soft(p, t, te);
          v16 a = {}, c = {};
          for (int j = 0; j <= t; j++) {
            a += p[j] * *(v16*)(V + j * D);
            c += p[j] * *(v16*)(V + j * D + 16);
          }
          *(v16*)o = a;
          *(v16*)(o + 16) = c;
          for (int j = 0; j < D; j++) {
            float g = sig(ld(ut[(nq + e) * D + j])), y = ld(gt[j]);
            dO[j] = y * g;
            gb[(nq + e) * D + j] = st(y * o[j] * g * (1.f - g));
          }
          score(dO, VT, Tp, t, dp);
          float s = 0;
          for (int j = 0; j < te; j++) s += p[j] * dp[j];
          for (int j = 0; j < te; j++) dp[j] = p[j] * (dp[j] - s);
          v16 x0 = {}, x1 = {}, q0 = *(v16*)q, q1 = *(v16*)(q + 16), g0 = *(v16*)dO, g1 = *(v16*)(dO + 16);
          for (int j = 0; j <= t; j++) {
            v16 *kj = (v16*)(K + j * D), *dk = (v16*)(dK + j * D), *dv = (v16*)(dV + j * D);
            x0 += dp[j] * kj[0];
            x1 += dp[j] * kj[1];
            dk[0] += dp[j] * q0;
            dk[1] += dp[j] * q1;
            dv[0] += p[j] * g0;
            dv[1] += p[j] * g1;
          }
          *(v16*)dq = x0;
          *(v16*)(dq + 16) = x1;
          head_back(n, m, qw, co + t * RD / 2, si + t * RD / 2, RD, 1.f / sqrtf(D), dq, gb + e * D, tq);
        }
      for (int t = 0; t < T; t++) {
        bf* gb = gu + (size_t)(b + t) * ldu + 2 * nq * D;
        head_back(N + t * D, rk[t], kw, co + t * RD / 2, si + t * RD / 2, RD, 1.f, dK + t * D, gb + h * D,
                  tk);
        for (int j = 0; j < D; j++) gb[(nkv + h) * D + j] = st(dV[t * D + j]);
      }
    }
#pragma omp critical
    for (int j = 0; j < D; j++) {
      gqw[j] += tq[j];
      gkw[j] += tk[j];
    }
    for (float* x : {KT, VT, K, V, N, dK, dV, p, dp, rk, n, q, o, dO, dq}) free(x);
  }
}

// ---------------------------------------------------------------- mixture of experts (top 2, renormalised;
// row E of Wr is the shared expert's gate)
extern "C" void route(const bf* h, const float* Wr, int N, int H, int E, float* p, float* w, int* slot,
                      int* tok, int* cnt, int* lo,
                      int pad) {  // every expert gets a region of lo[e+1]-lo[e] rows, a multiple of pad; tok
                                  // is -1 in the unused rows
  std::vector<int> idx(2 * (size_t)N);
#pragma omp parallel
  {
    std::vector<float> f(H);
#pragma omp for
    for (int n = 0; n < N; n++) {
      for (int i = 0; i < H; i++) f[i] = ld(h[(size_t)n * H + i]);
      float l[65], m = -1e30f, s = 0;
      for (int e = 0; e <= E; e++) {
        float a = 0;
        for (int i = 0; i < H; i++) a += f[i] * Wr[e * H + i];
        l[e] = a;
      }
      int a = 0, b = -1;
      for (int e = 1; e < E; e++)
        if (l[e] > l[a]) a = e;
      for (int e = 0; e < E; e++)
        if (e != a && (b < 0 || l[e] > l[b])) b = e;
      for (int e = 0; e < E; e++) m = l[e] > m ? l[e] : m;
      float* pn = p + (size_t)n * (E + 1);
      for (int e = 0; e < E; e++) {
        pn[e] = expf(l[e] - m);
        s += pn[e];
      }
      for (int e = 0; e < E; e++) pn[e] /= s;
      pn[E] = sig(l[E]);
      w[2 * n] = pn[a] / (pn[a] + pn[b]);
      w[2 * n + 1] = 1.f - w[2 * n];
      idx[2 * n] = a;
      idx[2 * n + 1] = b;
    }
  }
  int pos[65];
  memset(cnt, 0, E * 4);
  for (int i = 0; i < 2 * N; i++) cnt[idx[i]]++;
  lo[0] = 0;
  for (int e = 0; e < E; e++) {
    pos[e] = lo[e];
    lo[e + 1] = lo[e] + (cnt[e] + pad - 1) / pad * pad;
    for (int i = lo[e] + cnt[e]; i < lo[e + 1]; i++) tok[i] = -1;
  }
  for (int i = 0; i < 2 * N; i++) {
    int s = pos[idx[i]]++;
    slot[i] = s;
    tok[s] = i / 2;
  }
}
extern "C" void gather(const bf* h, const int* tok, int M, int H, bf* o) {
#pragma omp parallel for
  for (int i = 0; i < M; i++)
    if (tok[i] < 0) memset(o + (size_t)i * H, 0, H * sizeof(bf));
    else memcpy(o + (size_t)i * H, h + (size_t)tok[i] * H, H * sizeof(bf));
}
extern "C" void glu_fwd(const bf* h, int M, int I, bf* a) {
#pragma omp parallel for
  for (int n = 0; n < M; n++) {
    const bf *g = h + (size_t)n * 2 * I, *u = g + I;
    for (int i = 0; i < I; i++) {
      float x = ld(g[i]);
      a[(size_t)n * I + i] = st(x / (1.f + expf(-x)) * ld(u[i]));
    }
  }
}
extern "C" void glu_bwd(const bf* ga, bf* h, int M, int I) {  // in place: h becomes its gradient
#pragma omp parallel for
  for (int n = 0; n < M; n++) {
    bf *g = h + (size_t)n * 2 * I, *u = g + I;
    for (int i = 0; i < I; i++) {
      float x = ld(g[i]), y = ld(u[i]), d = ld(ga[(size_t)n * I + i]), s = 1.f / (1.f + expf(-x));
      u[i] = st(d * x * s);
      g[i] = st(d * y * s * (1.f + x * (1.f - s)));
    }
  }
}
extern "C" void combine(const float* x, const bf* ys, const bf* sh, const float* p, const float* w,
                        const int* slot, int N, int H, int E, float* o) {
#pragma omp parallel for
  for (int n = 0; n < N; n++) {
    const bf *a = ys + (size_t)slot[2 * n] * H, *b = ys + (size_t)slot[2 * n + 1] * H,
             *c = sh + (size_t)n * H;
    float wa = w[2 * n], wb = w[2 * n + 1], wc = p[(size_t)n * (E + 1) + E];
    for (int i = 0; i < H; i++)
      o[(size_t)n * H + i] = x[(size_t)n * H + i] + wa * ld(a[i]) + wb * ld(b[i]) + wc * ld(c[i]);
  }
}
extern "C" void combine_bwd(const float* g, const bf* ys, const bf* sh, const float* p, const float* w,
                            const int* slot, const int* tok, int M, int N, int H, int E, bf* gys, bf* gsh,
                            float* dw) {
  for (int i = 0; i < M; i++)
    if (tok[i] < 0) memset(gys + (size_t)i * H, 0, H * sizeof(bf));
#pragma omp parallel for
  for (int n = 0; n < N; n++) {
    size_t A = (size_t)slot[2 * n] * H, B = (size_t)slot[2 * n + 1] * H, C = (size_t)n * H;
    float wa = w[2 * n], wb = w[2 * n + 1], wc = p[(size_t)n * (E + 1) + E], da = 0, db = 0, dc = 0;
    for (int i = 0; i < H; i++) {
      float x = g[C + i];
      da += x * ld(ys[A + i]);
      db += x * ld(ys[B + i]);
      dc += x * ld(sh[C + i]);
      gys[A + i] = st(wa * x);
      gys[B + i] = st(wb * x);
      gsh[C + i] = st(wc * x);
    }
    dw[3 * n] = da;
    dw[3 * n + 1] = db;
    dw[3 * n + 2] = dc;
  }
}
// gh = gradients of the expert inputs brought back to their tokens + router; aux: coefficient of the balance
// loss E/2 sum f P / N
extern "C" void route_bwd(const bf* h, const float* Wr, const bf* gxs, const bf* gsx, const float* p,
                          const float* w, const int* slot, const int* cnt, const int* lo, const float* dw,
                          int N, int H, int E, float aux, float* gh, float* gWr) {
  float f[64];
  for (int e = 0; e < E; e++) f[e] = (float)cnt[e] / N;
#pragma omp parallel
  {
    std::vector<float> acc((E + 1) * H, 0.f), hf(H);
#pragma omp for
    for (int n = 0; n < N; n++) {
      const float* pn = p + (size_t)n * (E + 1);
      float dl[65], s = 0, m = w[2 * n] * w[2 * n + 1] * (dw[3 * n] - dw[3 * n + 1]);
      int a = 0, b = 0;
      while (slot[2 * n] >= lo[a + 1]) a++;
      while (slot[2 * n + 1] >= lo[b + 1]) b++;
      for (int e = 0; e < E; e++) s += f[e] * pn[e];
      for (int e = 0; e < E; e++) dl[e] = aux * E / 2 / N * pn[e] * (f[e] - s);
      dl[a] += m;
      dl[b] -= m;
      dl[E] = dw[3 * n + 2] * pn[E] * (1.f - pn[E]);
      const bf *A = gxs + (size_t)slot[2 * n] * H, *B = gxs + (size_t)slot[2 * n + 1] * H,
               *C = gsx + (size_t)n * H;
      float* o = gh + (size_t)n * H;
      for (int i = 0; i < H; i++) {
        hf[i] = ld(h[(size_t)n * H + i]);
        o[i] = ld(A[i]) + ld(B[i]) + ld(C[i]);
      }
      for (int e = 0; e <= E; e++)
        for (int i = 0; i < H; i++) {
          o[i] += dl[e] * Wr[e * H + i];
          acc[e * H + i] += dl[e] * hf[i];
        }
    }
#pragma omp critical
    for (int i = 0; i < (E + 1) * H; i++) gWr[i] += acc[i];
  }
}
// ---------------------------------------------------------------- weighted cross entropy; logits become
// their gradient
extern "C" double xent(bf* lg, const int64_t* y, const float* w, int N, int V) {
  double L = 0;
#pragma omp parallel for reduction(+ : L)
  for (int n = 0; n < N; n++) {
    bf* l = lg + (size_t)n * V;
    float m = -1e30f, s = 0;
    for (int i = 0; i < V; i++) {
      float x = ld(l[i]);
      m = x > m ? x : m;
    }
    float t = ld(l[y[n]]);
    for (int i = 0; i < V; i++) s += expf(ld(l[i]) - m);
    L += w[n] * (logf(s) + m - t);
    float c = w[n] / s;
    for (int i = 0; i < V; i++) l[i] = st(c * expf(ld(l[i]) - m));
    l[y[n]] = st(c * expf(t - m) - w[n]);
  }
  return L;
}

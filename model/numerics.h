#pragma once

namespace ternsim::model {

// Elementary functions that give the same bits on every machine: plain IEEE double operations in a fixed order, no C
// library. Worst errors are those measured against long double by tests/closed_form/reference_numerics_test.cpp.

/// e^x, within 2 ulp of double where the result is normal; +inf above 709.79, 0 below -745.2, NaN for NaN.
double exp_f64(double x);
/// Natural logarithm, within 2 ulp of double; -inf for 0, NaN for negative numbers and NaN.
double log_f64(double x);
/// x^y for x > 0 as exp(y log x): relative error up to (2 + |y log x|) 2^-52.
double pow_f64(double x, double y);

struct SinCos {
  double sin;
  double cos;
};
/// Sine and cosine within 1e-15 for |x| <= 2^20; throws std::invalid_argument beyond and for NaN.
SinCos sin_cos_f64(double x);

/// e^x correctly rounded but for about one case in 2^27: the double result rounded to float32; +inf above 88.72283.
float exp_f32(float x);
/// 1 / (1 + e^-x), the same way.
float sigmoid_f32(float x);

/// Throws Error unless this thread rounds to nearest even and keeps subnormal numbers, as operands and as results.
void check_float_environment();

}  // namespace ternsim::model

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace ModelOps.Engine.Numerics;

// The operators of Kernels: what happens to 16 elements. ScalarReference has the formulas.
internal static unsafe partial class Kernels
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sigmoid(Vector512<float> x)
    {
        var one = Create(1f);
        return one / (one + PortableMath.Exp(-x));
    }

    private readonly struct AddOperator : IElementwise
    {
        public static int Outputs => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(float* y, float* x, float* c, float* d, float* e) => (Load(y) + Load(x)).Store(y);
    }

    private readonly struct ScaleOperator(float factor) : IElementwise
    {
        private readonly float _factor = factor;

        public static int Outputs => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(float* y, float* b, float* c, float* d, float* e) => (Load(y) * Create(_factor)).Store(y);
    }

    private readonly struct AddScaledOperator(float factor) : IElementwise
    {
        private readonly float _factor = factor;

        public static int Outputs => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(float* y, float* x, float* c, float* d, float* e) => FusedMultiplyAdd(Load(x), Create(_factor), Load(y)).Store(y);
    }

    private readonly struct SwiGluOperator : IElementwise
    {
        public static int Outputs => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(float* y, float* gate, float* up, float* d, float* e)
        {
            var g = Load(gate);
            (g * Sigmoid(g) * Load(up)).Store(y);
        }
    }

    private readonly struct SwiGluBackwardOperator : IElementwise
    {
        public static int Outputs => 2;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(float* dGate, float* dUp, float* gate, float* up, float* dy)
        {
            var (x, u, g) = (Load(gate), Load(up), Load(dy));
            var s = Sigmoid(x);
            var slope = s * FusedMultiplyAdd(x, Create(1f) - s, Create(1f));
            (g * u * slope).Store(dGate);
            (g * (x * s)).Store(dUp);
        }
    }

    private readonly struct NormaliseOperator(float inverseRms) : IElementwise
    {
        private readonly float _inverseRms = inverseRms;

        public static int Outputs => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(float* y, float* x, float* weight, float* d, float* e) => (Load(x) * Create(_inverseRms) * Load(weight)).Store(y);
    }

    private readonly struct NormBackwardOperator(float inverseRms, float c, bool accumulate) : IElementwise
    {
        private readonly float _inverseRms = inverseRms;
        private readonly float _c = c;
        private readonly bool _accumulate = accumulate;

        public static int Outputs => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(float* dx, float* x, float* weight, float* dy, float* e)
        {
            var g = Create(_inverseRms) * FusedMultiplyAdd(Load(x), Create(_c), Load(weight) * Load(dy));
            if (_accumulate) g = Load(dx) + g;
            g.Store(dx);
        }
    }

    private readonly struct NormWeightOperator(float inverseRms) : IElementwise
    {
        private readonly float _inverseRms = inverseRms;

        public static int Outputs => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(float* dWeight, float* x, float* dy, float* d, float* e) =>
            FusedMultiplyAdd(Load(x) * Create(_inverseRms), Load(dy), Load(dWeight)).Store(dWeight);
    }

    private readonly struct RotateOperator(bool inverse) : IElementwise
    {
        private readonly bool _inverse = inverse;

        public static int Outputs => 2;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(float* first, float* second, float* cos, float* sin, float* e)
        {
            var (a, b, c, s) = (Load(first), Load(second), Load(cos), Load(sin));
            if (_inverse) s = -s;
            FusedMultiplyAdd(a, c, -(b * s)).Store(first);
            FusedMultiplyAdd(b, c, a * s).Store(second);
        }
    }

    private readonly struct AdamWOperator(AdamWStep step) : IElementwise
    {
        private readonly AdamWStep _step = step;

        public static int Outputs => 3;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(float* w, float* m, float* v, float* gradient, float* e)
        {
            var g = Load(gradient) * Create(_step.GradientScale);
            var mean = Load(m);
            mean = FusedMultiplyAdd(g - mean, Create(_step.OneMinusBeta1), mean);
            var variance = FusedMultiplyAdd(g * g, Create(_step.OneMinusBeta2), Load(v) * Create(_step.Beta2));
            var divisor = FusedMultiplyAdd(Sqrt(variance), Create(_step.InverseRootCorrection2), Create(_step.Epsilon));
            mean.Store(m);
            variance.Store(v);
            FusedMultiplyAdd(mean / divisor, Create(_step.NegativeStepSize), Load(w) * Create(_step.Decay)).Store(w);
        }
    }

    private readonly struct SoftmaxBackwardOperator(float dot, float scale) : IElementwise
    {
        private readonly float _dot = dot;
        private readonly float _scale = scale;

        public static int Outputs => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(float* dp, float* p, float* c, float* d, float* e) => (Load(p) * Create(_scale) * (Load(dp) - Create(_dot))).Store(dp);
    }

    /// <summary>Counts the columns as it goes, so one value serves one row from its first column on.</summary>
    private struct DropoutOperator(DropoutKey key, double probability) : IElementwise
    {
        private readonly uint _low = key.Low;
        private readonly uint _high = key.High;
        private readonly uint _threshold = ScalarReference.DropoutThreshold(probability);
        private readonly float _factor = ScalarReference.DropoutFactor(probability);
        private uint _column;

        public static int Outputs => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(float* y, float* x, float* c, float* d, float* e)
        {
            var columns = Vector512<uint>.Indices + Create(_column);
            _column += Lanes.Count;
            var bits = Finalize(Finalize(columns * Create(0x9E3779B9u) + Create(_low)) ^ Create(_high));
            var kept = GreaterThanOrEqual(bits, Create(_threshold)).AsSingle();
            ConditionalSelect(kept, Load(x) * Create(_factor), Vector512<float>.Zero).Store(y);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<uint> Finalize(Vector512<uint> h)
        {
            h = (h ^ (h >>> 16)) * Create(0x85EBCA6Bu);
            h = (h ^ (h >>> 13)) * Create(0xC2B2AE35u);
            return h ^ (h >>> 16);
        }
    }

    private readonly struct DotOperator : IReduction
    {
        public static bool WritesFirst => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> Apply(Vector512<float> sum, float* a, float* b, float* c) => FusedMultiplyAdd(Load(a), Load(b), sum);
    }

    private readonly struct WeightedDotOperator : IReduction
    {
        public static bool WritesFirst => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> Apply(Vector512<float> sum, float* weight, float* a, float* b) =>
            FusedMultiplyAdd(Load(weight) * Load(a), Load(b), sum);
    }

    private readonly struct MaxOperator : IReduction
    {
        public static bool WritesFirst => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> Apply(Vector512<float> max, float* x, float* b, float* c) => Larger(Load(x), max);
    }

    /// <summary>Sum of e^((x - max) · scale); the terms replace x where asked for.</summary>
    private readonly struct ExpSumOperator(float max, float scale, bool keep) : IReduction
    {
        private readonly float _max = max;
        private readonly float _scale = scale;
        private readonly bool _keep = keep;

        public static bool WritesFirst => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> Apply(Vector512<float> sum, float* x, float* b, float* c)
        {
            var e = PortableMath.Exp((Load(x) - Create(_max)) * Create(_scale));
            if (_keep) e.Store(x);
            return sum + e;
        }
    }
}

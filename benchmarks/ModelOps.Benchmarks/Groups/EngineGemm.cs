using System.Diagnostics;
using ModelOps.Engine.Numerics;

namespace ModelOps.Benchmarks.Groups;

/// <summary>
/// The engine's product against OpenBLAS sgemm on the shapes of a training step at the dimensions of <c>smol135m</c> (8 x 256 tokens go
/// through the layers 1,024 at a time), two threads each. Both pack both operands in every call, as training does.
/// </summary>
internal static unsafe class EngineGemm
{
    private const int Threads = 2;
    private const double SecondsPerSample = 0.06;

    private static readonly (string Name, bool TransposeA, bool TransposeB, int M, int N, int K)[] s_shapes =
    [
        ("attention-forward", false, true, 1024, 576, 576),
        ("up-forward", false, true, 1024, 1536, 576),
        ("down-forward", false, true, 1024, 576, 1536),
        ("up-backward", false, false, 1024, 576, 1536),
        ("down-backward", false, false, 1024, 1536, 576),
        ("head-forward", false, true, 341, 49152, 576),
        ("head-backward", false, false, 341, 576, 49152),
        ("weight-gradient", true, false, 1536, 576, 1024),
        ("tiny-up-forward", false, true, 1024, 768, 288),
    ];

    public static IEnumerable<Measure> Measures(string root)
    {
        PyTorchPeer peer = PyTorchPeer.Find(root);
        foreach (var (name, transposeA, transposeB, m, n, k) in s_shapes)
        {
            var operands = new Lazy<Operands>(() => new Operands(peer.Blas!, transposeA, transposeB, m, n, k));
            yield return new Measure($"engine/gemm/{name}", "GFLOP/s", ">=", 0.95, () => operands.Value.Ours(), () => operands.Value.Peer())
            {
                Missing = () => peer.Blas is null ? peer.Missing : null,
                Prepare = () => operands.Value.Check(),
            };
        }
    }

    private sealed class Operands(string library, bool transposeA, bool transposeB, int m, int n, int k)
    {
        private static readonly ThreadTeam s_team = new(Threads);
        private static OpenBlas? s_blas;
        private readonly FloatBuffer _a = Random(1, (long)m * k), _b = Random(2, (long)n * k), _c = Random(3, (long)m * n);
        private readonly OpenBlas _blas = s_blas ??= new OpenBlas(library, Threads);
        private readonly int _lda = transposeA ? m : k, _ldb = transposeB ? k : n;

        public double Ours() => Rate(MultiplyOurs);

        public double Peer() => Rate(MultiplyPeer);

        /// <summary>Both compute the same, so that nobody is fast at something else.</summary>
        public void Check()
        {
            MultiplyPeer();
            float[] expected = [.. _c.Span[..Math.Min(4096, (int)_c.Length)]];
            MultiplyOurs();
            float largest = expected.Max(Math.Abs), apart = expected.Zip(_c.Span.ToArray(), (x, y) => Math.Abs(x - y)).Max();
            if (apart > 1e-4f * largest)
            {
                throw new InvalidOperationException($"the products differ by {apart} of {largest}");
            }
        }

        private void MultiplyOurs()
        {
            if (transposeA)
            {
                Gemm.MultiplyTransposedA(s_team, _a.Pointer, _lda, _b.Pointer, _ldb, _c.Pointer, n, m, n, k, false);
            }
            else if (transposeB)
            {
                Gemm.MultiplyTransposedB(s_team, _a.Pointer, _lda, _b.Pointer, _ldb, _c.Pointer, n, m, n, k, false);
            }
            else
            {
                Gemm.Multiply(s_team, _a.Pointer, _lda, _b.Pointer, _ldb, _c.Pointer, n, m, n, k, false);
            }
        }

        private void MultiplyPeer() => _blas.Multiply(transposeA, transposeB, m, n, k, _a.Pointer, _lda, _b.Pointer, _ldb, _c.Pointer, n);

        private double Rate(Action multiply)
        {
            Thread.Sleep(20); // the other side's threads spin for a while after their last product
            multiply();
            int count = 0;
            long started = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(started).TotalSeconds < SecondsPerSample)
            {
                multiply();
                count++;
            }

            return 2.0 * m * n * k * count / Stopwatch.GetElapsedTime(started).TotalSeconds / 1e9;
        }

        private static FloatBuffer Random(int seed, long length)
        {
            var random = new Random(seed);
            var buffer = new FloatBuffer(length);
            for (long i = 0; i < length; i++)
            {
                buffer.Pointer[i] = random.NextSingle() - 0.5f;
            }

            return buffer;
        }
    }
}

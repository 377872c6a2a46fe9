using ModelOps.Engine.Numerics;
using ModelOps.Engine.Training;

namespace ModelOps.Engine.Layers;

/// <summary>y += s·(drop(x)·Aᵀ)·Bᵀ (Hu et al., 2021, arXiv:2106.09685). N rows, I inputs, O outputs, rank r.</summary>
internal sealed unsafe class LoraUpdate
{
    private readonly WeightMatrix _a; // [r, I] f32
    private readonly WeightMatrix _b; // [O, r] f32
    private readonly Parameter? _aParameter;
    private readonly Parameter? _bParameter;
    private readonly float _scale;
    private readonly int _site;

    /// <param name="site">Numbers the adapted layers; keys their dropout.</param>
    internal LoraUpdate(WeightMatrix a, WeightMatrix b, float scale, int site, Parameter? aParameter, Parameter? bParameter)
    {
        _a = a;
        _b = b;
        _scale = scale;
        _site = site;
        _aParameter = aParameter;
        _bParameter = bParameter;
    }

    internal int Rank => _a.Rows;

    internal bool IsTrained => _aParameter is not null;

    private int Inputs => _a.Cols;

    private int Outputs => _b.Rows;

    private float* A => (float*)_a.Data;

    private float* B => (float*)_b.Data;

    /// <param name="n">Tokens at <paramref name="x"/> and <paramref name="y"/> that go through this update; with dropout, all of the pass.</param>
    /// <param name="saved">[N, r] receives s·drop(x)·Aᵀ.</param>
    internal void Forward(Pass pass, float* x, float* y, float* saved, int n)
    {
        if (pass.IsDecoding)
        {
            pass.MultiplySmall(_a, x, saved, n, false);
            Kernels.Scale(saved, _scale, (long)n * Rank);
            pass.MultiplySmall(_b, saved, y, n, true);
            return;
        }

        float* input = pass.Drop(_site, x, Inputs);
        Gemm.MultiplyTransposedB(pass.Team, input, Inputs, A, Inputs, saved, Rank, n, Rank, Inputs, false);
        Kernels.Scale(saved, _scale, (long)n * Rank);
        Gemm.MultiplyTransposedB(pass.Team, saved, Rank, B, Rank, y, Outputs, n, Outputs, Rank, true);
    }

    /// <summary>dB += dyᵀ·saved; g = s·dy·B [N, r]; dA += gᵀ·drop(x); dx += drop(g·A).</summary>
    internal void Backward(Pass pass, float* x, float* dy, float* dx, float* saved)
    {
        int n = pass.Count;
        float* g = pass.Ranks;
        Gemm.Multiply(pass.Team, dy, Outputs, B, Rank, g, Rank, n, Rank, Outputs, false);
        Kernels.Scale(g, _scale, (long)n * Rank);
        if (_aParameter is not null && _bParameter is not null)
        {
            Gemm.MultiplyTransposedA(pass.Team, dy, Outputs, saved, Rank, _bParameter.Gradient, Rank, Outputs, Rank, n, true);
            float* input = pass.Drop(_site, x, Inputs);
            Gemm.MultiplyTransposedA(pass.Team, g, Rank, input, Inputs, _aParameter.Gradient, Inputs, Rank, Inputs, n, true);
        }

        if (dx == null)
            return;
        if (!pass.Drops)
        {
            Gemm.Multiply(pass.Team, g, Rank, A, Inputs, dx, Inputs, n, Inputs, Rank, true);
            return;
        }

        Gemm.Multiply(pass.Team, g, Rank, A, Inputs, pass.Wide, Inputs, n, Inputs, Rank, false);
        float* dropped = pass.Drop(_site, pass.Wide, Inputs);
        RowParts.For(pass.Team, n, Inputs, (start, count) => Kernels.Add(dx + (nint)start * Inputs, dropped + (nint)start * Inputs, (long)count * Inputs));
    }
}

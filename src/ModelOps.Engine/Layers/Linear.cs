using ModelOps.Engine.Numerics;
using ModelOps.Engine.Training;

namespace ModelOps.Engine.Layers;

/// <summary>y = x·Wᵀ + b (+ the low-rank update). N rows, I inputs, O outputs. Gradients are added where a parameter is trained.</summary>
internal sealed unsafe class Linear
{
    private readonly WeightMatrix _weight;    // [O, I]
    private readonly float* _bias;            // [O] or null
    private readonly Parameter? _weightParameter;
    private readonly Parameter? _biasParameter;

    internal Linear(WeightMatrix weight, float* bias, Parameter? weightParameter, Parameter? biasParameter, LoraUpdate? lora)
    {
        _weight = weight;
        _bias = bias;
        _weightParameter = weightParameter;
        _biasParameter = biasParameter;
        Lora = lora;
    }

    internal int Inputs => _weight.Cols;

    internal int Outputs => _weight.Rows;

    internal LoraUpdate? Lora { get; }

    internal bool IsTrained => _weightParameter is not null || Lora is { IsTrained: true };

    /// <param name="x">[N, I]</param>
    /// <param name="y">[N, O]; overwritten, or added to with <paramref name="accumulate"/>.</param>
    /// <param name="saved">[N, r] for the backward pass of the low-rank update.</param>
    internal void Forward(Pass pass, float* x, float* y, float* saved, bool accumulate)
    {
        int n = pass.Count, outputs = Outputs;
        if (pass.IsDecoding)
            pass.MultiplySmall(_weight, x, y, accumulate);
        else if (_weightParameter is not null)
            Gemm.MultiplyTransposedB(pass.Team, x, Inputs, _weightParameter.Value, Inputs, y, outputs, n, outputs, Inputs, accumulate);
        else
            Gemm.MultiplyTransposedB(pass.Team, x, Inputs, _weight, y, outputs, n, accumulate);
        if (_bias != null)
            RowParts.For(pass.Team, n, outputs, (start, count) => Kernels.AddBias(y + (nint)start * outputs, _bias, count, outputs));
        Lora?.Forward(pass, x, y, saved);
    }

    /// <param name="x">[N, I] as in the forward pass; not read where nothing here is trained.</param>
    /// <param name="dy">[N, O]</param>
    /// <param name="dx">[N, I] or null where nothing below needs it; overwritten, or added to with <paramref name="accumulate"/>.</param>
    internal void Backward(Pass pass, float* x, float* dy, float* dx, float* saved, bool accumulate)
    {
        int n = pass.Count, outputs = Outputs;
        if (_weightParameter is not null)
            Gemm.MultiplyTransposedA(pass.Team, dy, outputs, x, Inputs, _weightParameter.Gradient, Inputs, outputs, Inputs, n, true);
        if (_biasParameter is { } bias)
            RowParts.ForColumns(pass.Team, outputs, (start, count) => Kernels.SumRows(dy, bias.Gradient, n, outputs, start, count));
        if (dx != null && _weightParameter is not null)
            Gemm.Multiply(pass.Team, dy, outputs, _weightParameter.Value, Inputs, dx, Inputs, n, Inputs, outputs, accumulate);
        else if (dx != null)
            Gemm.Multiply(pass.Team, dy, outputs, _weight, dx, Inputs, n, accumulate);
        Lora?.Backward(pass, x, dy, dx, saved);
    }
}

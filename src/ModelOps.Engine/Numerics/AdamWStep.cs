namespace ModelOps.Engine.Numerics;

/// <summary>One step of AdamW with decoupled weight decay (Loshchilov and Hutter, 2019), the constants computed once per step.</summary>
internal readonly record struct AdamWStep
{
    /// <remarks><c>step</c> counts from 1; <c>gradientScale</c> multiplies every gradient (1 / tokens, clipping).</remarks>
    public AdamWStep(int step, double learningRate, double beta1, double beta2, double epsilon, double weightDecay, double gradientScale = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        var correction1 = 1 - PortableMath.Pow(beta1, step);
        var correction2 = 1 - PortableMath.Pow(beta2, step);
        GradientScale = (float)gradientScale;
        Decay = (float)(1 - learningRate * weightDecay);
        OneMinusBeta1 = (float)(1 - beta1);
        Beta2 = (float)beta2;
        OneMinusBeta2 = (float)(1 - beta2);
        InverseRootCorrection2 = (float)(1 / Math.Sqrt(correction2));
        Epsilon = (float)epsilon;
        NegativeStepSize = (float)(-learningRate / correction1);
    }

    public float GradientScale { get; }

    public float Decay { get; }

    public float OneMinusBeta1 { get; }

    public float Beta2 { get; }

    public float OneMinusBeta2 { get; }

    public float InverseRootCorrection2 { get; }

    public float Epsilon { get; }

    public float NegativeStepSize { get; }
}

namespace ModelOps.Engine.Models;

/// <summary>How frozen linear weights are held in memory. What is computed with them is f32 all the same.</summary>
public enum WeightQuantization
{
    /// <summary>As the model's files store them.</summary>
    None,

    /// <summary>Four-bit NormalFloat with double quantisation (Dettmers et al., 2023, arXiv:2305.14314): 4.13 bits a weight.</summary>
    Nf4,

    /// <summary>Eight bits, one scale for each output.</summary>
    Int8,
}

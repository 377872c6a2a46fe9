namespace ModelOps.Core.Protocol;

/// <summary>A model as <c>inspect</c> describes it.</summary>
/// <param name="Architecture"><c>model_type</c> of its configuration.</param>
/// <param name="Parameters">Number of weights, a tied head counted once.</param>
/// <param name="Storage">How its matrices are stored, such as <c>bf16</c>; several are joined by +.</param>
/// <param name="WeightBytes">Bytes of the weights as they are stored.</param>
/// <param name="MaxPositions">Tokens of a row that the model was made for.</param>
/// <param name="MemoryBytes">What answering takes with one row of <paramref name="MaxPositions"/> tokens: the weights, and keys and values in f32.</param>
/// <param name="AdapterParameters">Of the adapter; null without one.</param>
public sealed record ModelDescription(
    string Architecture, long Parameters, string Storage, long WeightBytes, int Layers, int HiddenSize, int VocabularySize, int MaxPositions, long MemoryBytes,
    long? AdapterParameters);

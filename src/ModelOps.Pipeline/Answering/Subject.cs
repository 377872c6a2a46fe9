using System.Text.Json;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;

namespace ModelOps.Pipeline.Answering;

/// <summary>One who answers the held-out rows with a model: the candidate, or the base model under a prompt.</summary>
/// <param name="Model">Folder of the model that runs.</param>
/// <param name="Adapter">Folder of the adapter on top; null for none.</param>
/// <param name="Identity">What the model is by content; not what it is called.</param>
/// <param name="Template">What the prompts are made of, besides the rows; null for a row's own messages.</param>
/// <param name="Prompts">The conversation that asks about each row, in the order of the rows.</param>
internal sealed record Subject(
    string Name, SubjectKind Kind, string Model, string? Adapter, KeyFields Identity, DecodingOptions Decoding, KeyFields? Template,
    IReadOnlyList<IReadOnlyList<PromptMessage>> Prompts)
{
    /// <summary>Names the kept answers: same model, same decoding. What is asked identifies each answer within.</summary>
    public ActionKey AnswersKey => AnswersFields().ToKey("answers");

    /// <summary>Identity of each row's question.</summary>
    public IReadOnlyList<string> PromptIds { get; } = [.. Prompts.Select(IdOf)];

    /// <summary>Part of the evaluation key: who is asked how. Rows and models are the key's own: the training key names the base model too.</summary>
    public KeyFields ToFields() => Decode(new KeyFields().Add("name", Name).Add("prompt", Template ?? new KeyFields()));

    internal KeyFields AnswersFields() => Decode(new KeyFields().Add("model", Identity).Add("numerics", EngineIdentity.NumericsVersion));

    private KeyFields Decode(KeyFields fields) => fields
        .Add("maxNewTokens", Decoding.MaxNewTokens)
        .Add("temperature", Decoding.Temperature)
        .Add("topK", Decoding.TopK)
        .Add("topP", Decoding.TopP)
        .Add("seed", Decoding.Seed)
        .Add("stop", Decoding.Stop)
        .Add("repetitionPenalty", Decoding.RepetitionPenalty)
        .Add("logProbabilities", Decoding.LogProbabilities)
        .Add("topLogProbabilities", Decoding.TopLogProbabilities)
        .Add("jsonSchema", Decoding.JsonSchema is { } schema ? JsonSerializer.Serialize(schema) : null); // as text: the order of properties is that of the answers

    internal static string IdOf(IReadOnlyList<PromptMessage> messages)
        => Digest.Of(new KeyFields().Add("messages", messages.Select(m => new KeyFields().Add("content", m.Content).Add("role", m.Role))).ToCanonicalJson()).ToString();
}

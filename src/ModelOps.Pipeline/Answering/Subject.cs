using System.Text.Json;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Prompts;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;

namespace ModelOps.Pipeline.Answering;

/// <summary>One who answers the held-out rows: the candidate, a prompt on the base model or elsewhere, the last release.</summary>
/// <param name="Prompt">What the questions are made of, besides the rows; null for a row's own messages.</param>
/// <param name="Prompts">The conversation that asks about each row, in the order of the rows.</param>
internal sealed record Subject(
    string Name, SubjectKind Kind, SubjectTechnique Technique, Respondent Respondent, DecodingOptions Decoding, PreparedPrompt? Prompt,
    IReadOnlyList<IReadOnlyList<PromptMessage>> Prompts)
{
    /// <summary>Names the kept answers: same model, same decoding. What is asked, and the repeat, identify each answer within.</summary>
    public ActionKey AnswersKey => AnswersFields().ToKey("answers");

    /// <summary>How its prompt is fitted on validation rows; null where nothing is.</summary>
    public ShotFit? Fit { get; init; }

    /// <summary>Identity of each row's question.</summary>
    public IReadOnlyList<string> PromptIds { get; } = [.. Prompts.Select(IdOf)];

    /// <summary>The questions that nobody has answered yet, each once.</summary>
    public IEnumerable<(PromptLine Prompt, int Repeat)> Open(Func<string, int, bool> isKnown)
        => from prompt in PromptIds.Zip(Prompts, (id, messages) => new PromptLine(id, messages)).DistinctBy(p => p.Id)
           from repeat in Enumerable.Range(0, Decoding.Repeats)
           where !isKnown(prompt.Id, repeat)
           select (prompt, repeat);

    /// <summary>One answer per row and repeat, with the row's id; null while one is missing.</summary>
    public IReadOnlyList<AnswerLine>? Given(IReadOnlyDictionary<(string Id, int Repeat), AnswerLine> known, IReadOnlyList<string> ids)
        => Open((id, repeat) => known.ContainsKey((id, repeat))).Any() ? null
            : [.. from row in Enumerable.Range(0, ids.Count) from repeat in Enumerable.Range(0, Decoding.Repeats) select known[(PromptIds[row], repeat)] with { Id = ids[row] }];

    /// <summary>The answers with what is known of the subject, and with what was found in what it said.</summary>
    public SubjectRun RunOf(IReadOnlyList<EvaluationItem> items, IReadOnlyList<AnswerLine> answers, IReadOnlyList<ScoreLine>? scores = null)
    {
        SubjectRun run = SubjectRun.Join(Name, Kind, items, answers, scores, repeats: Decoding.Repeats);
        return run with
        {
            Technique = Technique,
            Asked = Respondent.Asked,
            Price = Respondent.Price,
            Shots = Fit?.Found,
            Answers = Extracted(run.Answers),
            FurtherRepeats = [.. run.FurtherRepeats.Select(Extracted)],
        };
    }

    /// <summary>Part of the evaluation key: who is asked how.</summary>
    /// <param name="recorded">Digest of the answers, where nobody could give them again; null before they are all there.</param>
    public KeyFields ToFields(string? recorded)
    {
        KeyFields fields = Decode(new KeyFields().Add("name", Name).Add("prompt", Prompt?.ToFields() ?? new KeyFields())).Add("repeats", Decoding.Repeats);
        if (Respondent.InKey is { } respondent)
        {
            fields.Add("respondent", respondent);
        }

        if (Respondent.Price is { } price)
        {
            fields.Add("price", new KeyFields().Add("prompt", price.PromptMillion).Add("completion", price.CompletionMillion).Add("currency", price.Currency));
        }

        return Respondent.IsReproducible ? fields : fields.Add("recorded", recorded);
    }

    /// <summary>Digest of all answers of one who may answer differently next time; null for others, and where one is missing.</summary>
    public string? RecordedDigest(IReadOnlyDictionary<(string Id, int Repeat), AnswerLine> known)
    {
        if (Respondent.IsReproducible || Open((id, repeat) => known.ContainsKey((id, repeat))).Any())
        {
            return null;
        }

        IEnumerable<AnswerLine> answers = from id in PromptIds.Distinct(StringComparer.Ordinal) from repeat in Enumerable.Range(0, Decoding.Repeats) select known[(id, repeat)];
        return Digest.Of(new KeyFields().Add("answers", answers.Select(Content)).ToCanonicalJson()).ToString();
    }

    private IReadOnlyList<SubjectAnswer> Extracted(IReadOnlyList<SubjectAnswer> answers)
        => Prompt?.Answer is not { } pattern ? answers : [.. answers.Select(a => pattern.Extract(a.Text) is { } found && found != a.Text ? a with { Text = found, Raw = a.Text } : a)];

    internal KeyFields AnswersFields()
    {
        KeyFields fields = new KeyFields().Add("model", Respondent.Identity);
        return Decode(Respondent is LocalModel ? fields.Add("numerics", EngineIdentity.NumericsVersion) : fields);
    }

    private static KeyFields Content(AnswerLine answer) => new KeyFields()
        .Add("id", answer.Id).Add("repeat", answer.Repeat).Add("text", answer.Text).Add("finish", answer.Finish)
        .Add("promptTokens", answer.PromptTokens).Add("completionTokens", answer.CompletionTokens);

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

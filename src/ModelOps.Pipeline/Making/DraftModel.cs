using System.Globalization;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Making;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Answering;
using ModelOps.Pipeline.Evaluating;

namespace ModelOps.Pipeline.Making;

/// <summary>Asks a model elsewhere for drafts: priced before, kept by content, nothing asked or paid twice.</summary>
internal sealed class DraftModel(DraftingRequest request, IStageLog log, CancellationToken cancellation)
{
    private const string Stage = "Drafts by";

    /// <summary>One answer for each prompt; null where it was cut or is empty, which a warning says.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS1155</c>: the budget does not cover it, and nothing was sent; or what the endpoint said.</exception>
    public (IReadOnlyList<string?> Texts, MadeModel Model) Ask(IReadOnlyList<IReadOnlyList<PromptMessage>> prompts)
    {
        IReadOnlyList<PromptMessage>[] told = [.. prompts.Select(Told)];
        var subject = new Subject(request.Endpoint.Name, SubjectKind.Variant, SubjectTechnique.Prompt, new EndpointModel(request.Endpoint), request.Decoding, null, told);
        var store = new ModelStore(request.StoreRoot, log);

        // What a killed run left in its journal is paid for.
        AnswerJournal.OpenAsync(store, subject.AnswersKey, request.Endpoint.Price is not null, cancellation).GetAwaiter().GetResult().Dispose();
        IReadOnlyDictionary<(string Id, int Repeat), AnswerLine> known = store.Answers.Get(subject.AnswersKey);
        PromptLine[] open = [.. subject.Open((id, repeat) => known.ContainsKey((id, repeat))).Select(o => o.Prompt)];
        Require(subject, open);
        if (open.Length > 0)
        {
            new RemoteWork(request.Project, new ServedModels(store.Root, log, cancellation), log, cancellation, Stage).Ask(subject, store);
            known = store.Answers.Get(subject.AnswersKey);
        }

        AnswerLine[] answers = [.. subject.PromptIds.Select((id, i) => known.TryGetValue((id, 0), out AnswerLine? answer) ? answer : throw EvaluationErrors.MissingAnswer(subject.Name, i, id, null))];
        if (answers.Count(a => !IsWhole(a)) is > 0 and int lost)
        {
            log.Report(MakingErrors.DraftsLost(request.Project, request.Endpoint.Name, lost, answers.Length, request.Decoding.MaxNewTokens));
        }

        var said = Digest.Of(new KeyFields().Add("answers", answers.Select(a => new KeyFields().Add("id", a.Id).Add("text", a.Text))).ToCanonicalJson());
        return ([.. answers.Select(a => IsWhole(a) ? a.Text.Trim() : null)], new MadeModel(request.Endpoint.Model, request.Endpoint.Url, said));
    }

    /// <summary>Part of where rows come from.</summary>
    public KeyFields AddTo(KeyFields settings) => settings
        .Add("instructions", request.Instructions.Length == 0 ? null : Digest.Of(System.Text.Encoding.UTF8.GetBytes(request.Instructions)).ToString())
        .Add("maxNewTokens", request.Decoding.MaxNewTokens).Add("temperature", request.Decoding.Temperature);

    private void Require(Subject subject, PromptLine[] open)
    {
        EvaluationCost? cost = EvaluationCost.Of([(subject, open)], request.Project);
        string money = cost is null ? "free of charge" : string.Create(CultureInfo.InvariantCulture, $"at most {cost.Amount:0.0000} {cost.Currency} of a budget of {request.Budget:0.####}");
        log.Message($"Drafts by {subject.Name}: {open.Length} of {subject.PromptIds.Distinct(StringComparer.Ordinal).Count()} are new, {money}", important: true);
        if (cost?.Amount > request.Budget)
        {
            throw MakingErrors.OverBudget(request.Project, request.Endpoint.Name, cost.Amount, cost.Currency, request.Budget);
        }
    }

    private IReadOnlyList<PromptMessage> Told(IReadOnlyList<PromptMessage> prompt)
    {
        if (request.Instructions.Length == 0)
        {
            return prompt;
        }

        // Some servers take one system message alone.
        string system = prompt is [{ Role: "system" } own, ..] ? $"{request.Instructions}\n\n{own.Content}" : request.Instructions;
        return [new PromptMessage("system", system), .. prompt.SkipWhile(m => m.Role == "system")];
    }

    private static bool IsWhole(AnswerLine answer) => answer.Finish != "length" && answer.Text.Trim().Length > 0;
}

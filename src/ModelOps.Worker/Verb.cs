using ModelOps.Core.Protocol;
using ModelOps.Worker.Verbs;

namespace ModelOps.Worker;

/// <summary>One file per verb under <c>Verbs/</c>.</summary>
internal static class Verb
{
    public static ResultEvent Run(WorkerRequest request, EventWriter events, CancellationToken cancellation) => request switch
    {
        TrainRequest train => TrainVerb.Run(train, events, cancellation),
        GenerateRequest generate => GenerateVerb.Run(generate, events, cancellation),
        ScoreRequest score => ScoreVerb.Run(score, cancellation),
        InspectRequest inspect => InspectVerb.Run(inspect),
        TokenizeRequest tokenize => TokenizeVerb.Run(tokenize, cancellation),
        RenderRequest render => RenderVerb.Run(render, cancellation),
        MaskRequest mask => MaskVerb.Run(mask, cancellation),
        _ => throw new InvalidOperationException($"There is no verb for {request.GetType().Name}."),
    };
}

using ModelOps.Core.Protocol;

namespace ModelOps.Pipeline.Workers;

/// <summary>What a worker reported of a run that succeeded.</summary>
/// <param name="Metrics">In the order in which they came.</param>
public sealed record WorkerRun(ResultEvent Result, IReadOnlyList<MetricEvent> Metrics);

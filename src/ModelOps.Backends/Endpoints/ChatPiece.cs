namespace ModelOps.Backends.Endpoints;

/// <summary>What a piece of a streamed answer says; each member is null where the piece says nothing of it.</summary>
internal sealed record ChatPiece(string? Text, string? Finish, int? PromptTokens, int? CompletionTokens);
